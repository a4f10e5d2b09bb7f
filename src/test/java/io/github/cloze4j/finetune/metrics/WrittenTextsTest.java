package io.github.cloze4j.finetune.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** BLEU and chrF of texts that a model writes, against sacrebleu. */
class WrittenTextsTest {
    private static final JsonNode REFERENCE = Reference.cases("written");

    @ParameterizedTest
    @EnumSource(BleuTokenizer.class)
    void bleuIsThatOfSacrebleu(BleuTokenizer tokenizer) {
        List<Double> scores = new ArrayList<>();
        for (JsonNode one : REFERENCE) {
            List<String> texts = Reference.strings(one.get("texts"));
            double score = Bleu.of(Reference.strings(one.get("references")), texts, tokenizer)
                    .score();
            Reference.assertNumber(one.get("bleu").get(tokenizer.text()), score, texts.toString());
            scores.add(score);
        }
        assertTrue(
                scores.stream().anyMatch(score -> score == 0) && scores.stream().anyMatch(score -> score > 50));
        assertEquals(tokenizer, BleuTokenizer.of(tokenizer.text()));
    }

    @Test
    void chrFIsThatOfSacrebleu() {
        for (JsonNode one : REFERENCE) {
            List<String> texts = Reference.strings(one.get("texts"));
            double score =
                    ChrF.of(Reference.strings(one.get("references")), texts).score();
            Reference.assertNumber(one.get("chrf"), score, texts.toString());
        }
    }

    @Test
    void someOfTheTextsScoreLikeACorpusOfTheirs() {
        JsonNode all = REFERENCE.get(REFERENCE.size() - 1);
        List<String> texts = Reference.strings(all.get("texts"));
        List<String> references = Reference.strings(all.get("references"));
        int[] which = {3, 0, 3, 17, 39};
        List<String> picked = IntStream.of(which).mapToObj(texts::get).toList();
        List<String> theirs = IntStream.of(which).mapToObj(references::get).toList();
        assertEquals(
                Bleu.of(theirs, picked, BleuTokenizer.V13A).score(),
                Bleu.of(references, texts, BleuTokenizer.V13A).score(which));
        assertEquals(ChrF.of(theirs, picked).score(), ChrF.of(references, texts).score(which));
        assertTrue(ChrF.of(theirs, picked).score() > 0);
    }

    @Test
    void everyReferenceNeedsOneText() {
        List<String> one = List.of("a");
        List<String> none = List.of();
        assertThrows(IllegalArgumentException.class, () -> Bleu.of(one, none, BleuTokenizer.V13A));
        assertThrows(IllegalArgumentException.class, () -> ChrF.of(none, none));
    }

    @Test
    void anUnknownTokenizerNamesTheKnownOnes() {
        String message = assertThrows(IllegalArgumentException.class, () -> BleuTokenizer.of("moses"))
                .getMessage();
        assertEquals(
                "Expected a tokenizer of BLEU: 13a, zh, intl, char, none. Received: moses. Name one of them", message);
    }
}
