package io.github.cloze4j.data;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BatchTest {
    /** The parts of a batch of two rows of four tokens; a test changes one of them. */
    private static final class Parts {
        private int rows = 2;
        private int seqLen = 4;
        private int[] tokenIds = {2, 7, 3, 0, 2, 8, 9, 3};
        private int[] tokenTypeIds = {0, 0, 0, 0, 0, 0, 1, 1};
        private int[] positionIds = {0, 1, 2, 0, 0, 1, 2, 3};
        private int[] offsets = {0, 3, 4, 8};
        private int realTokens = 7;
        private List<Targets> targets = List.of(targets(1, 6), targets(0, 4));

        Batch batch() {
            return new Batch(
                    rows,
                    seqLen,
                    tokenIds,
                    tokenTypeIds,
                    positionIds,
                    Documents.bidirectional(offsets),
                    realTokens,
                    targets);
        }
    }

    /** Targets at these rows, all with the label 1. */
    private static Targets targets(int... rows) {
        int[] labels = new int[rows.length];
        Arrays.fill(labels, 1);
        return new Targets(rows, labels);
    }

    /** Changes one of the parts of a batch. */
    @FunctionalInterface
    private interface Change {
        void apply(Parts parts);
    }

    private static Arguments refused(String what, Change change, String message) {
        return arguments(what, change, message);
    }

    private static Stream<Arguments> refused() {
        return Stream.of(
                refused(
                        "no row",
                        parts -> parts.rows = 0,
                        "Expected at least 1 row of at least 1 token. Received: 0×4"),
                refused(
                        "rows without tokens",
                        parts -> parts.seqLen = 0,
                        "Expected at least 1 row of at least 1 token. Received: 2×0"),
                refused(
                        "fewer than no rows",
                        parts -> {
                            parts.rows = -2;
                            parts.seqLen = -4;
                        },
                        "Expected at least 1 row of at least 1 token. Received: -2×-4"),
                refused(
                        "too few ids",
                        parts -> parts.tokenIds = new int[7],
                        "Expected 8 ids, types and positions for 2×4. Received: 7, 8, 8"),
                refused(
                        "too many types",
                        parts -> parts.tokenTypeIds = new int[9],
                        "Expected 8 ids, types and positions for 2×4. Received: 8, 9, 8"),
                refused(
                        "no positions",
                        parts -> parts.positionIds = new int[0],
                        "Expected 8 ids, types and positions for 2×4. Received: 8, 8, 0"),
                refused(
                        "a negative id, the last one",
                        parts -> parts.tokenIds[7] = -1,
                        "Expected token ids of at least 0. Received: -1"),
                refused(
                        "a negative type",
                        parts -> parts.tokenTypeIds[0] = Integer.MIN_VALUE,
                        "Expected token types of at least 0. Received: -2147483648"),
                refused(
                        "a negative position",
                        parts -> parts.positionIds[3] = -2,
                        "Expected positions of at least 0. Received: -2"),
                refused(
                        "offsets that descend",
                        parts -> parts.offsets = new int[] {0, 9, 8},
                        "Expected ascending offsets of documents. Received: 8 after 9, at index 2"),
                refused(
                        "an empty document",
                        parts -> parts.offsets = new int[] {0, 4, 4, 8},
                        "Expected ascending offsets of documents. Received: 4 after 4, at index 2"),
                refused(
                        "documents that begin late",
                        parts -> parts.offsets = new int[] {1, 4, 8},
                        "Expected the offsets of at least one document, from 0. Received: 3 offsets from 1"),
                refused(
                        "no document",
                        parts -> parts.offsets = new int[] {0},
                        "Expected the offsets of at least one document, from 0. Received: 1 offsets from 0"),
                refused(
                        "documents that end early",
                        parts -> parts.offsets = new int[] {0, 4, 7},
                        "Expected documents that cover 8 tokens. Received: documents that cover 7"),
                refused(
                        "documents that end late",
                        parts -> parts.offsets = new int[] {0, 4, 8, 12},
                        "Expected documents that cover 8 tokens. Received: documents that cover 12"),
                refused(
                        "a document across a row",
                        parts -> parts.offsets = new int[] {0, 3, 5, 8},
                        "Expected documents inside a row of 4 tokens. Received: one from token 3 to token 4"),
                refused(
                        "a document of two rows",
                        parts -> parts.offsets = new int[] {0, 8},
                        "Expected documents inside a row of 4 tokens. Received: one from token 0 to token 7"),
                refused(
                        "fewer than no real tokens",
                        parts -> parts.realTokens = -1,
                        "Expected from 0 to 8 real tokens. Received: -1"),
                refused(
                        "more real tokens than tokens",
                        parts -> parts.realTokens = 9,
                        "Expected from 0 to 8 real tokens. Received: 9"),
                refused(
                        "a target after the batch",
                        parts -> parts.targets = List.of(targets(1, 8)),
                        "Expected targets in [0, 8). Received: 8"),
                refused(
                        "a target of the second head after the batch",
                        parts -> parts.targets = List.of(targets(1), targets(0, Integer.MAX_VALUE)),
                        "Expected targets in [0, 8). Received: 2147483647"),
                refused(
                        "a row of two heads",
                        parts -> parts.targets = List.of(targets(1, 4), targets(0, 4)),
                        "Expected each row to be a target of one head. Received: row 4 as that of two"),
                refused(
                        "a row of the first and the third head",
                        parts -> parts.targets = List.of(targets(7), Targets.NONE, targets(0, 7)),
                        "Expected each row to be a target of one head. Received: row 7 as that of two"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void whatKernelsCannotTakeIsRefused(String what, Change change, String message) {
        Parts parts = new Parts();
        change.apply(parts);
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, parts::batch).getMessage());
    }

    @Test
    void aBatchLargerThanAnArrayIsRefused() {
        Parts parts = new Parts();
        parts.rows = 1 << 20;
        parts.seqLen = 1 << 20;
        assertEquals(
                "Expected fewer than 2^31 tokens. Received: 1048576 rows of 1048576 tokens",
                assertThrows(IllegalArgumentException.class, parts::batch).getMessage());
    }

    @Test
    void whatIsNotChangedIsTaken() {
        Batch batch = new Parts().batch();
        assertEquals(8, batch.tokens());
        assertEquals(List.of(2, 2), Arrays.stream(batch.targetCounts()).boxed().toList());
        Parts bounds = new Parts();
        bounds.realTokens = 8;
        bounds.targets = List.of(targets(0, 7), Targets.NONE, targets(1, 6));
        assertDoesNotThrow(bounds::batch);
        bounds.realTokens = 0;
        bounds.targets = List.of();
        assertDoesNotThrow(bounds::batch);
    }

    @Test
    void batchesAreEqualByTheirContent() {
        Batch batch = new Parts().batch();
        assertEquals(batch, new Parts().batch());
        assertEquals(batch.hashCode(), new Parts().batch().hashCode());
        List<Change> changes = List.of(
                parts -> parts.tokenIds[1]++,
                parts -> parts.tokenTypeIds[1]++,
                parts -> parts.positionIds[1]++,
                parts -> parts.offsets = new int[] {0, 2, 4, 8},
                parts -> parts.realTokens--,
                parts -> parts.targets = List.of(targets(1, 5), targets(0, 4)));
        for (Change change : changes) {
            Parts parts = new Parts();
            change.apply(parts);
            assertNotEquals(batch, parts.batch());
        }
    }

    @Test
    void targetsAddedToTheListLaterDoNotGetIn() {
        Parts parts = new Parts();
        parts.targets = new ArrayList<>(List.of(targets(1)));
        Batch batch = parts.batch();
        parts.targets.add(targets(100));
        assertEquals(List.of(targets(1)), batch.targets());
    }

    /** So a caller may fill the same arrays for the next batch, while this one waits for its step. */
    @Test
    void arraysWrittenToLaterDoNotGetIn() {
        Parts parts = new Parts();
        Batch batch = parts.batch();
        parts.tokenIds[7] = -1;
        parts.tokenTypeIds[0] = 9;
        parts.positionIds[3] = 99;
        parts.offsets[1] = 100;
        assertEquals(new Parts().batch(), batch);
    }

    /** Half of the pieces continue a word, some are Chinese. */
    private static Vocabulary vocabulary() {
        List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
        for (int i = 0; i < 40; i++) {
            tokens.add("w" + i);
            tokens.add("##p" + i);
            tokens.add(Character.toString(0x4e00 + i));
            tokens.add("##" + Character.toString(0x4e00 + i));
        }
        return Vocabulary.of(tokens);
    }

    private static Stream<Arguments> objectivesAndMaskings() {
        return Stream.of(Objective.values())
                .flatMap(objective -> Stream.of(Masking.values()).map(masking -> arguments(objective, masking)));
    }

    @ParameterizedTest
    @MethodSource("objectivesAndMaskings")
    void everyBatchOfDocumentsPassesTheChecksAndStaysBelowItsBounds(Objective objective, Masking masking) {
        long seed = System.nanoTime();
        System.out.println("BatchTest seed " + seed);
        Random random = new Random(seed);
        Vocabulary vocabulary = vocabulary();
        for (int run = 0; run < 8; run++) {
            int shortest = objective.shortestRow();
            BatchConfig config = new BatchConfig(
                    1 + random.nextInt(4),
                    shortest + random.nextInt(run < 2 ? 2 : 60),
                    vocabulary.size(),
                    SpecialTokens.of(vocabulary),
                    masking.strategy(run == 0 ? 1 : 0.01 + 0.98 * random.nextDouble(), vocabulary),
                    new TokenReplacement(0.8, 0.1),
                    random.nextLong(),
                    random.nextInt(2),
                    objective);
            TokenDocuments documents = TokenDocuments.ofSentences(vocabulary.size(), documents(random, vocabulary));
            String message = "seed " + seed + ", run " + run + ", " + config;
            EvaluationBatches evaluation = new EvaluationBatches(documents, config);
            evaluation.forEach(batch -> requireChecked(batch, config, evaluation.maxTargets(), message));
            try (BatchStream stream = new BatchStream(documents, config, BatchCursor.START)) {
                for (int i = 0; i < 20; i++) {
                    requireChecked(stream.next(), config, config.maxTargets(), message);
                }
            }
        }
    }

    private static List<List<int[]>> documents(Random random, Vocabulary vocabulary) {
        return Stream.generate(() -> Stream.generate(() -> random.ints(
                                        1 + random.nextInt(12), Vocabulary.SPECIAL_TOKENS.size(), vocabulary.size())
                                .toArray())
                        .limit(1 + random.nextInt(6))
                        .toList())
                .limit(20)
                .toList();
    }

    /** Checks what kernels rely on once more, token by token and not as the constructor does. */
    private static void requireChecked(Batch batch, BatchConfig config, int[] maxTargets, String message) {
        int tokens = config.rows() * config.seqLen();
        assertEquals(tokens, batch.tokens(), message);
        int[] documentOf = new int[tokens];
        Arrays.fill(documentOf, -1);
        for (int d = 0; d < batch.documents().count(); d++) {
            for (int token = batch.documents().begin(d);
                    token < batch.documents().end(d);
                    token++) {
                assertEquals(-1, documentOf[token], message);
                documentOf[token] = d;
            }
        }
        for (int token = 0; token < tokens; token++) {
            int within = token - batch.documents().begin(documentOf[token]);
            assertEquals(within, batch.positionIds()[token], message);
            assertTrue(within <= token % config.seqLen(), "a document begins in its row, " + message);
            requireBelow(config.vocabularySize(), batch.tokenIds()[token], message);
            requireBelow(config.objective().tokenTypes(), batch.tokenTypeIds()[token], message);
        }
        requireBelow(tokens + 1, batch.realTokens(), message);
        assertEquals(config.objective().hasPairs() ? 2 : 1, batch.targets().size(), message);
        assertEquals(batch.targets().size(), maxTargets.length, message);
        int[] answers = {config.vocabularySize(), 2};
        List<Integer> rows = new ArrayList<>();
        for (int head = 0; head < maxTargets.length; head++) {
            Targets targets = batch.targets().get(head);
            requireBelow(maxTargets[head] + 1, targets.count(), message);
            assertEquals(targets.count(), targets.labels().length, message);
            int[] sorted = IntStream.of(targets.rows()).sorted().distinct().toArray();
            assertTrue(Arrays.equals(sorted, targets.rows()), message);
            for (int i = 0; i < targets.count(); i++) {
                requireBelow(tokens, targets.rows()[i], message);
                requireBelow(answers[head], targets.labels()[i], message);
                rows.add(targets.rows()[i]);
            }
        }
        assertTrue(batch.targets().get(0).count() > 0, message);
        assertEquals(rows.size(), rows.stream().distinct().count(), "no row is a target of two heads, " + message);
        Batch again = new Batch(
                batch.rows(),
                batch.seqLen(),
                batch.tokenIds(),
                batch.tokenTypeIds(),
                batch.positionIds(),
                new Documents(batch.documents().offsets(), batch.documents().prefixes()),
                batch.realTokens(),
                batch.targets());
        assertEquals(batch, again, message);
    }

    private static void requireBelow(int bound, int value, String message) {
        assertTrue(value >= 0 && value < bound, value + " of " + bound + ", " + message);
    }
}
