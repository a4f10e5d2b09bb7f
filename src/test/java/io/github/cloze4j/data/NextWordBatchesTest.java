package io.github.cloze4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.masking.TokenMasking;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.kernel.Documents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batches of the next word: who sees what, who predicts what, and that all objectives of a schedule read the same rows. */
final class NextWordBatchesTest {
    private static final int SEP = DataFixtures.SPECIALS.sep();
    private static final int CLS = DataFixtures.SPECIALS.cls();

    private static BatchConfig config(int rows, int seqLen, Objective objective, double share, int added) {
        return new BatchConfig(
                rows,
                seqLen,
                DataFixtures.VOCABULARY,
                DataFixtures.SPECIALS,
                new TokenMasking(0.15, DataFixtures.SPECIALS),
                TokenReplacement.BERT,
                3,
                0,
                objective,
                share,
                added);
    }

    private static BatchConfig config(Objective objective, double share) {
        return config(4, 24, objective, share, objective.addedTokens());
    }

    private static TokenDocuments documents(long seed) {
        System.out.println("NextWordBatchesTest seed " + seed);
        return TokenDocuments.ofSentences(DataFixtures.VOCABULARY, DataFixtures.sentences(new Random(seed), 60, 4, 20));
    }

    /** Each target predicts the token after it, in its own document, and only from what comes before that token. */
    @ParameterizedTest
    @EnumSource(
            value = Objective.class,
            names = {"CLM", "PREFIX_LM"})
    void noTargetSeesTheTokenThatItPredicts(Objective objective) {
        for (Batch batch : new EvaluationBatches(documents(System.nanoTime()), config(objective, 1))) {
            Targets targets = batch.targets().get(0);
            for (int i = 0; i < targets.count(); i++) {
                int row = targets.rows()[i];
                int document = documentOf(batch.documents(), row);
                assertTrue(row + 1 < batch.documents().end(document));
                assertEquals(batch.tokenIds()[row + 1], targets.labels()[i]);
                assertEquals(row + 1, batch.documents().visibleEnd(document, row));
            }
        }
    }

    private static int documentOf(Documents documents, int token) {
        int document = 0;
        while (documents.end(document) <= token) {
            document++;
        }
        return document;
    }

    /** Over a pass each word of the documents is predicted once, and [SEP] once for each document. */
    @Test
    void everyWordAndEveryEndIsPredictedOnce() {
        TokenDocuments documents = documents(5);
        Map<Integer, Integer> expected = new TreeMap<>();
        for (long d = 0; d < documents.count(); d++) {
            int[] ids = new int[documents.length(d)];
            documents.copy(d, 0, ids, 0, ids.length);
            Arrays.stream(ids).forEach(id -> expected.merge(id, 1, Integer::sum));
            expected.merge(SEP, 1, Integer::sum);
        }
        Map<Integer, Integer> predicted = new TreeMap<>();
        for (Batch batch : new EvaluationBatches(documents, config(Objective.CLM, 1))) {
            Arrays.stream(batch.targets().get(0).labels()).forEach(id -> predicted.merge(id, 1, Integer::sum));
        }
        assertEquals(expected, predicted);
    }

    @Test
    void unknownWordsAreNotPredicted() {
        int unknown = DataFixtures.SPECIALS.unk();
        TokenDocuments documents =
                TokenDocuments.of(DataFixtures.VOCABULARY, List.of(new int[] {7, unknown, 8}, new int[] {unknown}));
        Batch batch = new EvaluationBatches(documents, config(1, 24, Objective.CLM, 1, 2))
                .iterator()
                .next();
        assertArrayEquals(new int[] {7, 8, SEP, SEP}, batch.targets().get(0).labels());
    }

    /** [CLS] source [SEP] target [SEP]: the source with its specials is the prefix and of type 0, the target of type 1. */
    @Test
    void aSourceAndItsTargetAreOneDocument() {
        TokenDocuments documents = documents(System.nanoTime());
        int targets = 0;
        for (Batch batch : new EvaluationBatches(documents, config(Objective.PREFIX_LM, 1))) {
            targets += batch.targets().get(0).count();
            for (int d = 0; d < batch.documents().count(); d++) {
                int begin = batch.documents().begin(d);
                if (batch.tokenIds()[begin] != CLS) {
                    continue;
                }
                int prefix = batch.documents().prefix(d);
                int end = batch.documents().end(d);
                assertEquals(SEP, batch.tokenIds()[begin + prefix - 1]);
                assertEquals(SEP, batch.tokenIds()[end - 1]);
                for (int token = begin; token < end; token++) {
                    assertEquals(token < begin + prefix ? 0 : 1, batch.tokenTypeIds()[token]);
                }
            }
        }
        assertTrue(targets > 100);
    }

    @Test
    void aSourceEndsWhereASentenceEnds() {
        TokenDocuments documents = TokenDocuments.ofSentences(
                DataFixtures.VOCABULARY,
                List.of(List.of(new int[] {11, 12, 13}, new int[] {14, 15}, new int[] {16, 17, 18})));
        Map<Integer, Integer> cuts = new HashMap<>();
        for (int seed = 0; seed < 40; seed++) {
            BatchConfig config = new BatchConfig(
                    1,
                    24,
                    DataFixtures.VOCABULARY,
                    DataFixtures.SPECIALS,
                    new TokenMasking(0.15, DataFixtures.SPECIALS),
                    TokenReplacement.BERT,
                    seed,
                    0,
                    Objective.PREFIX_LM);
            Batch batch = new EvaluationBatches(documents, config).iterator().next();
            cuts.merge(batch.documents().prefix(0) - 2, 1, Integer::sum);
        }
        assertEquals(List.of(3, 5), cuts.keySet().stream().sorted().toList(), "sentences end there: " + cuts);
    }

    @Test
    void aShareOfTheTargetsIsDrawnExactOnAverage() {
        TokenDocuments documents = documents(7);
        long all = count(documents, 1);
        long some = count(documents, 0.3);
        assertEquals(0.3, (double) some / all, 0.01);
    }

    private static long count(TokenDocuments documents, double share) {
        BatchConfig config = config(Objective.CLM, share);
        long count = 0;
        try (BatchStream stream = new BatchStream(documents, config, BatchCursor.START)) {
            while (stream.cursor().epoch() < 8) {
                Batch batch = stream.next();
                assertTrue(batch.targets().get(0).count() <= config.maxTargets()[0]);
                count += batch.targets().get(0).count();
            }
        }
        return count;
    }

    /** So that the place in the data means the same to each objective of a schedule. */
    @Test
    void objectivesWithTheSameRoomReadTheSameTextsAtTheSamePlace() {
        TokenDocuments documents = documents(System.nanoTime());
        List<List<Object>> rows = new ArrayList<>();
        for (Objective objective : List.of(Objective.MLM, Objective.CLM, Objective.PREFIX_LM)) {
            BatchConfig config = config(4, 24, objective, 1, 3);
            List<Object> texts = new ArrayList<>();
            try (BatchStream stream = new BatchStream(documents, config, BatchCursor.START)) {
                for (int i = 0; i < 60; i++) {
                    Batch batch = stream.next();
                    texts.add(stream.cursor());
                    texts.add(words(batch));
                }
            }
            rows.add(texts);
        }
        assertEquals(rows.get(1), rows.get(2));
        // Masks hide words, so that only the places and the numbers of words are the same.
        for (int i = 0; i < rows.get(0).size(); i++) {
            Object masked = rows.get(0).get(i);
            Object next = rows.get(1).get(i);
            assertEquals(
                    next instanceof List<?> words ? words.size() : next,
                    masked instanceof List<?> words ? words.size() : masked);
        }
    }

    private static List<Integer> words(Batch batch) {
        return Arrays.stream(batch.tokenIds())
                .filter(id -> id >= DataFixtures.FIRST_WORD || id == DataFixtures.SPECIALS.mask())
                .boxed()
                .toList();
    }
}
