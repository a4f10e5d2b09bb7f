package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.cuda.AttentionTiles.Batch;
import io.github.cloze4j.random.RandomStream;
import org.junit.jupiter.api.Test;

class AttentionTilesTest {
    @Test
    void theRowOfABatchIsTheWindowWhereNoDocumentCrossesIt() {
        assertEquals(
                8,
                AttentionTiles.of(Documents.bidirectional(0, 3, 8, 12, 16), 4, 2, 8)
                        .window());
        // The shortest that no document crosses.
        assertEquals(
                3, AttentionTiles.of(Documents.bidirectional(0, 3, 6), 4, 2, 2).window());
        assertEquals(
                41,
                AttentionTiles.of(Documents.bidirectional(0, 13, 20, 41, 47, 48), 4, 2, 21)
                        .window());
    }

    @Test
    void everyScoreBelongsToOneTile() {
        long seed = System.nanoTime();
        System.err.println("AttentionTilesTest seed " + seed);
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        for (int round = 0; round < 200; round++) {
            int[] offsets = new int[2 + random.nextInt(6)];
            for (int i = 1; i < offsets.length; i++) {
                offsets[i] = offsets[i - 1] + 1 + random.nextInt(9);
            }
            int heads = 1 + random.nextInt(3);
            AttentionTiles tiles =
                    AttentionTiles.of(Documents.bidirectional(offsets), heads * 2, heads, 1 + random.nextInt(12));
            assertNoDocumentCrosses(offsets, tiles.window());
            int[] covered = new int[(int) tiles.scores()];
            for (Batch batch : tiles.batches()) {
                for (int i = 0; i < batch.count(); i++) {
                    cover(covered, tiles, batch, i);
                }
            }
            int columnsThatExist = 0;
            for (int count : covered) {
                assertTrue(count <= 1);
                columnsThatExist += count;
            }
            int rest = tiles.tokens() % tiles.window();
            int whole = tiles.tokens() - rest;
            assertEquals(heads * (whole * tiles.window() + rest * rest), columnsThatExist);
        }
    }

    private static void cover(int[] covered, AttentionTiles tiles, Batch batch, int index) {
        long start = tiles.scoreStart(batch) + index * tiles.scoreStride(batch);
        for (int row = 0; row < batch.length(); row++) {
            for (int column = 0; column < batch.length(); column++) {
                covered[(int) start + row * tiles.window() + column]++;
            }
        }
    }

    private static void assertNoDocumentCrosses(int[] offsets, int window) {
        for (int d = 0; d + 1 < offsets.length; d++) {
            assertEquals(offsets[d] / window, (offsets[d + 1] - 1) / window);
        }
    }
}
