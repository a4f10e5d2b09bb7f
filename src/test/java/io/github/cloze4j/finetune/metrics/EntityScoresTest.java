package io.github.cloze4j.finetune.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.inference.tags.EntityReader;
import io.github.cloze4j.inference.tags.EntitySpan;
import io.github.cloze4j.inference.tags.TagScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Entities and their scores against seqeval, and input that no scheme has. */
class EntityScoresTest {
    private static final JsonNode CASES = Reference.cases("entities");

    @Test
    void lenientScoresAreThoseOfSeqeval() {
        assertTrue(compare("lenient", EntityReader::lenient, EntityScores::lenient) > 20);
    }

    @ParameterizedTest
    @EnumSource
    void strictScoresAreThoseOfSeqeval(TagScheme scheme) {
        int compared = compare(
                scheme.name(),
                tags -> EntityReader.strict(tags, scheme),
                (gold, predicted) -> EntityScores.strict(gold, predicted, scheme));
        assertTrue(compared > 10, scheme + ": " + compared);
    }

    private static int compare(
            String mode,
            Function<List<String>, List<EntitySpan>> read,
            BiFunction<List<List<String>>, List<List<String>>, EntityScores> score) {
        int compared = 0;
        for (JsonNode one : CASES) {
            JsonNode expected = one.get(mode);
            if (expected != null) {
                List<List<String>> predicted = Reference.sentences(one.get("predicted"));
                String what = mode + " " + one.get("predicted");
                assertEquals(
                        spans(expected.get("entities")),
                        predicted.stream().map(read).toList(),
                        what);
                EntityScores scores = score.apply(Reference.sentences(one.get("gold")), predicted);
                assertEquals(Reference.strings(expected.get("types")), scores.types(), what);
                Reference.assertPerClass(
                        expected.get("per_type"), scores.scores().perClass(), what);
                Reference.assertAverages(expected, scores.scores(), what);
                compared++;
            }
        }
        return compared;
    }

    private static List<List<EntitySpan>> spans(JsonNode sentences) {
        List<List<EntitySpan>> spans = new ArrayList<>();
        for (JsonNode sentence : sentences) {
            List<EntitySpan> found = new ArrayList<>();
            sentence.forEach(span -> found.add(new EntitySpan(
                    span.get(0).textValue(), span.get(1).intValue(), span.get(2).intValue())));
            spans.add(found);
        }
        return spans;
    }

    @Test
    void theModeIsPartOfTheName() {
        List<List<String>> gold = List.of(List.of("B-NP", "I-NP", "O"));
        List<List<String>> predicted = List.of(List.of("I-NP", "I-NP", "O"));
        EntityScores lenient = EntityScores.lenient(gold, predicted);
        EntityScores strict = EntityScores.strict(gold, predicted, TagScheme.IOB2);
        assertEquals("lenient", lenient.mode());
        assertEquals("strict IOB2", strict.mode());
        assertNotEquals(lenient.scores().micro().f1(), strict.scores().micro().f1());
    }

    @Test
    void noEntitiesAtAllGiveZerosAndNoTypes() {
        List<List<String>> outside = List.of(List.of("O", "O"));
        EntityScores scores = EntityScores.lenient(outside, outside);
        AverageScore zeros = new AverageScore(0, 0, 0);
        assertEquals(List.of(), scores.types());
        assertEquals(zeros, scores.scores().micro());
        assertEquals(zeros, scores.scores().macro());
        assertEquals(zeros, scores.scores().weighted());
    }

    @Test
    void undefinedTypesAreCounted() {
        ClassScores scores = EntityScores.lenient(List.of(List.of("B-A", "O")), List.of(List.of("O", "B-B")))
                .scores();
        assertEquals(1, scores.undefinedPrecisions());
        assertEquals(1, scores.undefinedRecalls());
        assertEquals(0, scores.undefinedF1s());
    }

    @Test
    void aResampleScoresItsSentencesOnly() {
        List<List<String>> gold = List.of(List.of("B-A"), List.of("B-B", "O"), List.of("B-A", "I-A"));
        List<List<String>> predicted = List.of(List.of("B-A"), List.of("O", "B-B"), List.of("B-A", "O"));
        ClassScores resampled = EntityScores.lenient(gold, predicted).scores(new int[] {2, 0, 0});
        assertEquals(new ClassScore(2, 3, 3), resampled.perClass().get(0));
        // Type B occurs in no sentence of the resample, so the macro average leaves it out.
        assertEquals(2.0 / 3, resampled.macro().f1(), 1e-15);
    }

    @ParameterizedTest
    @CsvSource({"U-PER", "PER", "B-", "BPER", "o", "O-PER", "''"})
    void aTagWithAnUnknownPrefixIsRefused(String tag) {
        String message = assertThrows(IllegalArgumentException.class, () -> EntityReader.lenient(List.of("O", tag)))
                .getMessage();
        assertTrue(message.contains("Received: " + tag + " in the sentence."), message);
    }

    @Test
    void aTagOfAnotherSchemeIsRefusedInStrictMode() {
        List<List<String>> tags = List.of(List.of("O"), List.of("S-A"));
        String message = assertThrows(
                        IllegalArgumentException.class, () -> EntityScores.strict(tags, tags, TagScheme.IOB2))
                .getMessage();
        assertEquals(
                "Expected tags of the scheme IOB2. Received: S-A in gold sentence 1."
                        + " Name the scheme of the data, or score leniently.",
                message);
    }

    @Test
    void sentencesThatWereCutAreRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> EntityScores.lenient(List.of(List.of("O", "B-A")), List.of(List.of("O"))))
                .getMessage();
        assertEquals(
                "Expected as many predicted as gold tags in sentence 0. Received: 1 predicted and 2 gold tags."
                        + " Predict the words that were cut off too.",
                message);
        assertThrows(IllegalArgumentException.class, () -> EntityScores.lenient(List.of(), List.of()));
        assertThrows(IllegalArgumentException.class, () -> EntityScores.lenient(List.of(List.of()), List.of()));
    }

    @Test
    void schemesKnowWhichTagsMarkSpans() {
        assertTrue(TagScheme.IOB2.marksSpans(List.of("O", "B-PER", "I-PER")));
        assertTrue(TagScheme.IOB2.marksSpans(List.of("O", "B", "I")));
        assertTrue(TagScheme.BIOES.marksSpans(List.of("O", "S-PER")));
        assertFalse(TagScheme.IOB2.marksSpans(List.of("O", "S-PER")));
        assertFalse(TagScheme.IOB2.marksSpans(List.of("NN", "B-PER")));
        assertFalse(TagScheme.IOB2.marksSpans(List.of("O")));
        assertFalse(TagScheme.BIOES.marksSpans(List.of("O", "E", "S")));
    }
}
