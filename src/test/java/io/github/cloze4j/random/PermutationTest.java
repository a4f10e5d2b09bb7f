package io.github.cloze4j.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PermutationTest {
    private static Permutation permutation(long size, long seed) {
        return new Permutation(size, new RandomStream(seed, 1, 2, 3));
    }

    @Test
    void everySizeIsABijection() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int size = 1; size <= 400; size++) {
            assertBijection(size, random.nextLong(), seed);
        }
        for (int trial = 0; trial < 20; trial++) {
            assertBijection(1 + random.nextInt(100_000), random.nextLong(), seed);
        }
    }

    private static void assertBijection(int size, long key, long seed) {
        Permutation permutation = permutation(size, key);
        BitSet seen = new BitSet(size);
        for (int i = 0; i < size; i++) {
            long image = permutation.apply(i);
            assertTrue(image >= 0 && image < size, "seed " + seed + ": " + image + " of " + size);
            assertFalse(seen.get((int) image), "seed " + seed + ": twice " + image + " of " + size);
            seen.set((int) image);
        }
    }

    @Test
    void theLargestSizeStaysInItsRange() {
        long size = 1L << 60;
        Permutation permutation = permutation(size, 7);
        Set<Long> images = new HashSet<>();
        for (long i = 0; i < 1000; i++) {
            images.add(permutation.apply(size - 1 - i));
            images.add(permutation.apply(i));
        }
        assertEquals(2000, images.size());
        assertTrue(images.stream().allMatch(image -> image >= 0 && image < size));
    }

    @Test
    void overSeedsEveryPlaceIsEquallyLikelyForEveryIndex() {
        int size = 10;
        int seeds = 20_000;
        for (int index : new int[] {0, 4, 9}) {
            int[] counts = new int[size];
            for (int seed = 0; seed < seeds; seed++) {
                counts[(int) permutation(size, seed).apply(index)]++;
            }
            double expected = seeds / (double) size;
            double chiSquared = 0;
            for (int count : counts) {
                chiSquared += Math.pow(count - expected, 2) / expected;
            }
            // 9 degrees of freedom: 0.1 % of fair ones exceed 27.9.
            assertTrue(chiSquared < 27.9, "index " + index + ": chi squared " + chiSquared);
        }
    }

    @Test
    void neighboursDoNotStayTogether() {
        int size = 100_000;
        Permutation permutation = permutation(size, 11);
        int together = 0;
        int ascents = 0;
        for (int i = 0; i + 1 < size; i++) {
            long step = permutation.apply(i + 1) - permutation.apply(i);
            together += Math.abs(step) == 1 ? 1 : 0;
            ascents += step > 0 ? 1 : 0;
        }
        // A random permutation has two such pairs on average; ascents have standard deviation sqrt(size / 12).
        assertTrue(together < 15, together + " pairs stayed together");
        assertEquals(size / 2.0, ascents, 5 * Math.sqrt(size / 12.0));
    }

    @Test
    void seedsGivePermutationsOfTheirOwn() {
        long[] seeds = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
        Set<String> orders = new HashSet<>();
        for (long seed : seeds) {
            assertEquals(order(seed), order(seed));
            orders.add(order(seed));
        }
        assertEquals(seeds.length, orders.size());
        assertNotEquals(permutation(1000, 5).apply(0), permutation(1000, 6).apply(0));
    }

    private static String order(long seed) {
        Permutation permutation = permutation(50, seed);
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            order.append(permutation.apply(i)).append(' ');
        }
        return order.toString();
    }

    @Test
    void sizesAndIndicesOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> permutation(0, 1));
        assertThrows(IllegalArgumentException.class, () -> permutation((1L << 60) + 1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> permutation(5, 1).apply(5));
        assertThrows(IndexOutOfBoundsException.class, () -> permutation(5, 1).apply(-1));
    }
}
