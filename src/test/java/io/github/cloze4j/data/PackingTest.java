package io.github.cloze4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackingTest {
    @Test
    void everySegmentIsFoundWhereCuttingDocumentsPutsIt() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int trial = 0; trial < 30; trial++) {
            int seqLen = 3 + random.nextInt(20);
            List<int[]> documents = new ArrayList<>();
            int count = random.nextInt(400);
            for (int i = 0; i < count; i++) {
                // Runs of empty documents, longer than a block of the index.
                boolean empty = random.nextInt(3) == 0 || i % 200 > 100;
                documents.add(DataFixtures.words(random, empty ? 0 : random.nextInt(100)));
            }
            SegmentIndex index = new SegmentIndex(DataFixtures.documents(documents), seqLen - 2);
            long number = 0;
            for (int document = 0; document < count; document++) {
                int length = documents.get(document).length;
                for (int from = 0; from < length; from += seqLen - 2) {
                    assertEquals(
                            new Segment(document, from, Math.min(seqLen - 2, length - from)),
                            index.find(number),
                            "seed " + seed);
                    number++;
                }
            }
            assertEquals(number, index.count(), "seed " + seed);
            long beyond = number;
            assertThrows(IndexOutOfBoundsException.class, () -> index.find(beyond));
        }
    }

    @Test
    void rowsAreThoseOfBestFitDecreasingDoneSlowly() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int trial = 0; trial < 50; trial++) {
            int seqLen = 3 + random.nextInt(60);
            List<Example> examples = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                examples.add(Example.of(i, new Segment(i, 0, 1 + random.nextInt(seqLen - 2))));
            }
            List<List<Example>> rows = BestFitPacker.pack(examples, seqLen, Example::rowTokens);

            List<Long> packed = new ArrayList<>();
            List<Integer> filled = new ArrayList<>();
            for (List<Example> row : rows) {
                row.forEach(example -> packed.add(example.number()));
                filled.add(row.stream().mapToInt(Example::rowTokens).sum());
            }
            packed.sort(null);
            filled.sort(null);
            assertEquals(examples.stream().map(Example::number).toList(), packed, "seed " + seed);
            assertEquals(slowly(examples, seqLen), filled, "seed " + seed);
        }
    }

    /** How full the rows become. */
    private static List<Integer> slowly(List<Example> examples, int seqLen) {
        List<Integer> rows = new ArrayList<>();
        examples.stream()
                .sorted(Comparator.comparingInt(Example::rowTokens).reversed())
                .forEach(example -> {
                    int best = -1;
                    for (int row = 0; row < rows.size(); row++) {
                        boolean fits = rows.get(row) + example.rowTokens() <= seqLen;
                        if (fits && (best < 0 || rows.get(row) > rows.get(best))) {
                            best = row;
                        }
                    }
                    if (best < 0) {
                        rows.add(example.rowTokens());
                    } else {
                        rows.set(best, rows.get(best) + example.rowTokens());
                    }
                });
        rows.sort(null);
        return rows;
    }

    @Test
    void paddingStaysUnderThreePercentAndRowsAreNotSorted() {
        long seed = System.nanoTime();
        TokenDocuments documents = DataFixtures.documents(DataFixtures.glosses(new Random(seed), 30_000));
        BatchConfig config = DataFixtures.config(16, 128, seed, 0);
        long tokens = 0;
        long real = 0;
        List<Integer> longest = new ArrayList<>();
        try (BatchStream stream = new BatchStream(documents, config, BatchCursor.START)) {
            while (stream.cursor().epoch() == 0) {
                Batch batch = stream.next();
                tokens += batch.tokens();
                real += batch.realTokens();
                longest.add(batch.documents().end(0));
            }
        }
        double padding = 100.0 * (tokens - real) / tokens;
        System.out.printf("Padding share: %.3f %% (seed %d)%n", padding, seed);
        assertTrue(padding < 3, padding + " % padding, seed " + seed);
        int ascents = 0;
        for (int i = 0; i + 1 < longest.size(); i++) {
            ascents += longest.get(i) < longest.get(i + 1) ? 1 : 0;
        }
        double share = ascents / (longest.size() - 1.0);
        assertTrue(share > 0.3 && share < 0.7, "ascents " + share + ", seed " + seed);
    }
}
