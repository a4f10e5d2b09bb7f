package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.huggingface.VocabularyExtension;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RelationEncoderTest {
    private static final BertTokenizer TOKENIZER = VocabularyExtension.ofMarkers(
                    new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased()), RelationEncoder.MARKERS)
            .tokenizer();

    private static String tokens(RelationEncoder.Marked text) {
        return String.join(
                " ",
                IntStream.of(text.tokens().ids())
                        .mapToObj(TOKENIZER.vocabulary()::token)
                        .toList());
    }

    @Test
    void markersStandAroundTheSpans() {
        MarkedText text = new MarkedText("The fox, the dog.", new TextSpan(13, 16), new TextSpan(4, 7));
        RelationEncoder.Marked marked =
                new RelationEncoder(TOKENIZER, TokenLimit.cut(24)).encode(text).orElseThrow();
        assertEquals("[CLS] the [E2] fox [/E2] , the [E1] dog [/E1] . [SEP]", tokens(marked));
        assertEquals(List.of(7, 2), List.of(marked.first(), marked.second()));
        assertEquals(false, marked.cut());
    }

    /** However long the text, both spans are whole, the window is full, and the text is centred on them as far as it reaches. */
    @Test
    void longTextsAreCutAroundTheSpans() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RelationEncoder encoder = new RelationEncoder(TOKENIZER, TokenLimit.cut(16));
        for (int round = 0; round < 300; round++) {
            int before = random.nextInt(20);
            int between = random.nextInt(12);
            int after = random.nextInt(20);
            String start = "over ".repeat(before);
            String text = start + "fox " + "not ".repeat(between) + "dog" + " the".repeat(after);
            int second = start.length() + 4 + 4 * between;
            Optional<RelationEncoder.Marked> marked = encoder.encode(new MarkedText(
                    text, new TextSpan(start.length(), start.length() + 3), new TextSpan(second, second + 3)));
            String message = "seed " + seed + ", " + text;
            int needed = between + 6;
            assertEquals(needed <= 14, marked.isPresent(), message);
            if (marked.isEmpty()) {
                continue;
            }
            String tokens = tokens(marked.orElseThrow());
            assertTrue(tokens.contains("[E1] fox [/E1] " + "not ".repeat(between) + "[E2] dog [/E2]"), message);
            int[] ids = marked.orElseThrow().tokens().ids();
            int all = before + needed + after + 2;
            assertEquals(Math.min(16, all), ids.length, message);
            assertEquals(all > 16, marked.orElseThrow().cut(), message);
            assertEquals(
                    TOKENIZER.vocabulary().id("[E1]"), ids[marked.orElseThrow().first()], message);
            assertEquals(
                    TOKENIZER.vocabulary().id("[E2]"), ids[marked.orElseThrow().second()], message);
            int kept = marked.orElseThrow().first() - 1;
            int keptAfter = ids.length - 2 - needed - kept;
            boolean centred = Math.abs(kept - keptAfter) <= 1 || kept == before || keptAfter == after;
            assertTrue(centred, message);
        }
    }
}
