package io.github.cloze4j.data;

import static io.github.cloze4j.data.DataFixtures.SPECIALS;
import static io.github.cloze4j.data.DataFixtures.VOCABULARY;
import static io.github.cloze4j.data.DataFixtures.config;
import static io.github.cloze4j.data.DataFixtures.content;
import static io.github.cloze4j.data.DataFixtures.segments;
import static io.github.cloze4j.data.DataFixtures.segmentsOf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.masking.TokenMasking;
import io.github.cloze4j.data.masking.TokenReplacement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchStreamTest {
    private static final long RUN = System.nanoTime();

    /** More segments than a window holds, and some that are cut. */
    private static final List<int[]> CORPUS = DataFixtures.glosses(new Random(RUN), 6000);

    private static final TokenDocuments DOCUMENTS = DataFixtures.documents(CORPUS);

    private static List<String> take(BatchConfig config, BatchCursor start, int batches) {
        List<String> contents = new ArrayList<>();
        try (BatchStream stream = new BatchStream(DOCUMENTS, config, start)) {
            for (int i = 0; i < batches; i++) {
                contents.add(content(stream.next()));
            }
        }
        return contents;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6})
    void workersDoNotChangeTheBatches(int workers) {
        assertEquals(
                take(config(4, 32, RUN, 0), BatchCursor.START, 1000),
                take(config(4, 32, RUN, workers), BatchCursor.START, 1000),
                "seed " + RUN);
    }

    @Test
    void resumingAnywhereGoesOnWithTheSameBatches() {
        List<BatchCursor> cursors = new ArrayList<>();
        List<String> contents = new ArrayList<>();
        try (BatchStream stream = new BatchStream(DOCUMENTS, config(4, 64, RUN, 2), BatchCursor.START)) {
            while (stream.cursor().epoch() < 3) {
                cursors.add(stream.cursor());
                contents.add(content(stream.next()));
            }
        }
        Random random = new Random(RUN);
        for (int trial = 0; trial < 50; trial++) {
            int from = random.nextInt(cursors.size());
            int count = Math.min(12, cursors.size() - from);
            assertEquals(
                    contents.subList(from, from + count),
                    take(config(4, 64, RUN, trial % 3), cursors.get(from), count),
                    cursors.get(from) + ", seed " + RUN);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 16, 128})
    void everyTokenOfTheCorpusIsSeenExactlyOnceInEachEpoch(int seqLen) {
        // Several windows each, though shorter rows have more segments.
        List<int[]> corpus = seqLen < 10 ? CORPUS.subList(0, 500) : CORPUS;
        List<String> expected = segments(corpus, seqLen);
        List<List<String>> orders = new ArrayList<>();
        try (BatchStream stream =
                new BatchStream(DataFixtures.documents(corpus), config(1, seqLen, RUN, 1), BatchCursor.START)) {
            for (int epoch = 0; epoch < 2; epoch++) {
                List<String> seen = new ArrayList<>();
                while (stream.cursor().epoch() == epoch) {
                    seen.addAll(segmentsOf(stream.next()));
                }
                orders.add(List.copyOf(seen));
                seen.sort(null);
                assertEquals(expected, seen, "epoch " + epoch + ", seed " + RUN);
            }
        }
        assertNotEquals(orders.get(0), orders.get(1), "each epoch has an order of its own");
    }

    @Test
    void batchesGoOnWithTheNextEpochsRowsAndAnyBatchSizeHasTheSameRows() {
        int seqLen = 32;
        int rows = 7;
        List<String> single = new ArrayList<>();
        try (BatchStream stream = new BatchStream(DOCUMENTS, config(1, seqLen, RUN, 0), BatchCursor.START)) {
            while (stream.cursor().epoch() < 2) {
                Batch batch = stream.next();
                single.add(Arrays.toString(batch.tokenIds())
                        + Arrays.toString(batch.targets().get(0).labels()));
            }
        }
        try (BatchStream stream = new BatchStream(DOCUMENTS, config(rows, seqLen, RUN, 0), BatchCursor.START)) {
            for (int row = 0; row + rows <= single.size(); row += rows) {
                Batch batch = stream.next();
                Targets targets = batch.targets().get(0);
                int masked = 0;
                for (int i = 0; i < rows; i++) {
                    int end = (i + 1) * seqLen;
                    int first = masked;
                    while (masked < targets.count() && targets.rows()[masked] < end) {
                        masked++;
                    }
                    assertEquals(
                            single.get(row + i),
                            Arrays.toString(Arrays.copyOfRange(batch.tokenIds(), i * seqLen, end))
                                    + Arrays.toString(Arrays.copyOfRange(targets.labels(), first, masked)));
                }
            }
        }
    }

    @Test
    void masksDifferBetweenEpochs() {
        Map<String, Set<String>> masksOfDocument = new HashMap<>();
        List<int[]> distinct = DataFixtures.glosses(new Random(RUN), 50);
        int epochs = 4;
        try (BatchStream stream =
                new BatchStream(DataFixtures.documents(distinct), config(1, 128, RUN, 0), BatchCursor.START)) {
            while (stream.cursor().epoch() < epochs) {
                Batch batch = stream.next();
                List<String> segments = segmentsOf(batch);
                for (int d = 0; d < segments.size(); d++) {
                    int from = batch.documents().begin(d);
                    int to = batch.documents().end(d);
                    int[] within = Arrays.stream(batch.targets().get(0).rows())
                            .filter(position -> position >= from && position < to)
                            .map(position -> position - from)
                            .toArray();
                    masksOfDocument
                            .computeIfAbsent(segments.get(d), key -> new HashSet<>())
                            .add(Arrays.toString(within));
                }
            }
        }
        long changing = masksOfDocument.values().stream()
                .filter(masks -> masks.size() > 1)
                .count();
        assertTrue(changing > 0.9 * masksOfDocument.size(), changing + " of " + masksOfDocument.size());
    }

    @Test
    void everySeedIsDistinctAndReproducible() {
        Set<List<String>> streams = new HashSet<>();
        long[] seeds = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
        for (long seed : seeds) {
            List<String> batches = take(config(2, 16, seed, 0), BatchCursor.START, 5);
            assertEquals(batches, take(config(2, 16, seed, 2), BatchCursor.START, 5));
            streams.add(batches);
        }
        assertEquals(seeds.length, streams.size());
    }

    @Test
    void masksStayBelowTheBound() {
        for (double probability : new double[] {0.01, 0.15, 1}) {
            TokenMasking masking = new TokenMasking(probability, SPECIALS);
            BatchConfig config = new BatchConfig(4, 24, VOCABULARY, SPECIALS, masking, TokenReplacement.BERT, RUN, 0);
            try (BatchStream stream = new BatchStream(DOCUMENTS, config, BatchCursor.START)) {
                for (int i = 0; i < 300; i++) {
                    int masked = stream.next().targets().get(0).count();
                    assertTrue(
                            masked >= 4 && masked <= config.maxTargets()[0], masked + " of " + config.maxTargets()[0]);
                }
            }
        }
    }

    @Test
    void aTinyCorpusFillsABatchWithSeveralEpochs() {
        TokenDocuments documents = DataFixtures.documents(List.of(new int[] {7, 8, 9}));
        try (BatchStream stream = new BatchStream(documents, config(5, 8, 0, 0), BatchCursor.START)) {
            assertEquals(
                    List.of("[7, 8, 9]", "[7, 8, 9]", "[7, 8, 9]", "[7, 8, 9]", "[7, 8, 9]"),
                    segmentsOf(stream.next()));
            assertEquals(new BatchCursor(5, 0), stream.cursor());
        }
    }

    @Test
    void batchesWithoutMasksAreLeftOut() {
        int unk = SPECIALS.unk();
        List<int[]> documents = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            documents.add(
                    i % 4 == 0 ? new int[] {10 + i, 11, 12, 13, 14, 15} : new int[] {unk, unk, unk, unk, unk, unk});
        }
        try (BatchStream stream =
                new BatchStream(DataFixtures.documents(documents), config(1, 8, RUN, 1), BatchCursor.START)) {
            for (int i = 0; i < 100; i++) {
                assertTrue(stream.next().targets().get(0).count() > 0);
            }
        }
        TokenDocuments nothing = DataFixtures.documents(List.of(new int[] {unk}, new int[] {unk, unk}));
        for (int workers = 0; workers < 2; workers++) {
            try (BatchStream stream = new BatchStream(nothing, config(2, 8, RUN, workers), BatchCursor.START)) {
                assertThrows(CorpusException.class, stream::next);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void aWorkersFailureComesOutOfNextAndStays(int workers) {
        IllegalStateException failure = new IllegalStateException("the disk is gone");
        TokenDocuments failing = new TokenDocuments() {
            @Override
            public long count() {
                return DOCUMENTS.count();
            }

            @Override
            public int length(long document) {
                return DOCUMENTS.length(document);
            }

            @Override
            public void copy(long document, int from, int[] target, int at, int count) {
                throw failure;
            }

            @Override
            public int vocabularySize() {
                return VOCABULARY;
            }
        };
        try (BatchStream stream = new BatchStream(failing, config(2, 16, 0, workers), BatchCursor.START)) {
            assertSame(failure, assertThrows(IllegalStateException.class, stream::next));
            assertSame(failure, assertThrows(IllegalStateException.class, stream::next));
        }
    }

    @Test
    void closingEndsTheThreads() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        for (int i = 0; i < 20; i++) {
            BatchStream stream = new BatchStream(DOCUMENTS, config(2, 32, i, 3), BatchCursor.START);
            if (i % 2 == 0) {
                stream.next();
            }
            stream.close();
            stream.close();
            assertThrows(IllegalStateException.class, stream::next);
        }
        Set<Thread> after = new HashSet<>(Thread.getAllStackTraces().keySet());
        after.removeAll(before);
        after.removeIf(thread -> !thread.getName().startsWith("cloze4j"));
        assertEquals(Set.of(), after);
    }

    @Test
    void unusableDataAndSettingsAreRefused() {
        BatchConfig config = config(2, 16, 0, 0);
        assertThrows(
                CorpusException.class,
                () -> new BatchStream(DataFixtures.documents(List.of()), config, BatchCursor.START));
        assertThrows(
                CorpusException.class,
                () -> new BatchStream(DataFixtures.documents(List.of(new int[0])), config, BatchCursor.START));
        String mismatch = assertThrows(
                        CorpusException.class,
                        () -> new BatchStream(
                                TokenDocuments.of(999, List.of(new int[] {5})), config, BatchCursor.START))
                .getMessage();
        assertTrue(mismatch.contains("999") && mismatch.contains("1000"), mismatch);
        // 6,000 documents in rows of 128 tokens: two windows, with about six documents to a row.
        for (BatchCursor elsewhere :
                List.of(new BatchCursor(0, Long.MAX_VALUE), new BatchCursor(0, 4095), new BatchCursor(9, 4096L * 2))) {
            assertThrows(
                    IllegalArgumentException.class, () -> new BatchStream(DOCUMENTS, config(2, 128, 0, 0), elsewhere));
        }
        assertThrows(IllegalArgumentException.class, () -> new BatchCursor(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new BatchCursor(0, -1));
        assertThrows(IllegalArgumentException.class, () -> config(0, 16, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> config(1, 2, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> config(1 << 20, 1 << 20, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> config(1, 16, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> TokenDocuments.of(5, List.of(new int[] {5})));
        assertThrows(
                IllegalArgumentException.class,
                () -> new BatchConfig(
                        1, 16, 4, SPECIALS, new TokenMasking(0.15, SPECIALS), TokenReplacement.BERT, 0, 0));
    }

    @Test
    void evaluationIsOnePassInOrderWithFixedMasks() {
        int seqLen = 32;
        EvaluationBatches evaluation = new EvaluationBatches(DOCUMENTS, config(8, seqLen, RUN, 0));
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        for (Batch batch : evaluation) {
            first.add(content(batch));
            seen.addAll(segmentsOf(batch));
            assertEquals(8, batch.rows());
            int masked = batch.targets().get(0).count();
            assertTrue(masked > 0 && masked <= evaluation.maxTargets()[0]);
        }
        evaluation.forEach(batch -> second.add(content(batch)));
        assertEquals(first, second);
        assertEquals(segments(CORPUS, seqLen), seen.stream().sorted().toList(), "seed " + RUN);
        assertTrue(
                seen.indexOf(segments(CORPUS.subList(0, 1), seqLen).get(0)) < 8,
                "the first document is in the first row");

        List<String> otherSeed = new ArrayList<>();
        new EvaluationBatches(DOCUMENTS, config(8, seqLen, RUN + 1, 0)).forEach(batch -> otherSeed.add(content(batch)));
        assertNotEquals(first, otherSeed);
        assertEquals(first.size(), otherSeed.size());
    }

    @Test
    void theLastEvaluationBatchIsFilledWithRowsOfPadding() {
        TokenDocuments documents = DataFixtures.documents(List.of(new int[] {7, 8}));
        List<Batch> batches = new ArrayList<>();
        new EvaluationBatches(documents, config(3, 4, 1, 0)).forEach(batches::add);

        assertEquals(1, batches.size());
        Batch batch = batches.get(0);
        assertArrayEquals(new int[] {0, 4, 8, 12}, batch.documents().offsets());
        assertArrayEquals(new int[] {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}, batch.positionIds());
        assertEquals(4, batch.realTokens());
        assertEquals(1, batch.targets().get(0).count());
        assertTrue(batch.targets().get(0).rows()[0] < 3);
        TokenDocuments nothing = DataFixtures.documents(List.of(new int[] {SPECIALS.unk()}));
        new EvaluationBatches(nothing, config(3, 4, 1, 0)).forEach(none -> {
            throw new AssertionError("nothing can be masked");
        });
    }

    /** A consumer that waits would wait for ever, and cannot be interrupted. */
    @Test
    void aConsumerEndsWhenAnotherThreadClosesTheStream() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            BatchStream stream = new BatchStream(DOCUMENTS, config(4, 64, RUN, 1), BatchCursor.START);
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<String> consumer = CompletableFuture.supplyAsync(() -> {
                while (true) {
                    try {
                        stream.next();
                        begun.countDown();
                    } catch (IllegalStateException closed) {
                        return String.valueOf(closed.getMessage());
                    }
                }
            });
            begun.await();
            stream.close();
            String message = consumer.orTimeout(300, TimeUnit.SECONDS).join();
            assertTrue(message.contains("closed"), message);
        }
    }
}
