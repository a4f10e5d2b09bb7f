package io.github.cloze4j.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhiloxTest {
    /** The three known answers that Random123 publishes for philox4x32 with ten rounds. */
    @Test
    void agreesWithRandom123() {
        assertBlock(0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertBlock(-1, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertBlock(
                0x299f31d0_a4093822L,
                0x03707344_13198a2eL,
                0x85a308d3_243f6a88L,
                0xd16cfe09,
                0x94fdcceb,
                0x5001e420,
                0x24126ea1);
    }

    private static void assertBlock(long key, long counterHigh, long counterLow, int... expected) {
        int[] out = new int[4];
        Philox4x32.block(key, counterHigh, counterLow, out);
        assertArrayEquals(expected, out);
    }

    @Test
    void everySeedPurposeAndCoordinateIsAStreamOfItsOwn() {
        Set<Long> first = new HashSet<>();
        int streams = 0;
        for (long seed : new long[] {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            for (long purpose = 0; purpose < 4; purpose++) {
                for (long a = 0; a < 10; a++) {
                    for (long b = 0; b < 10; b++) {
                        first.add(new RandomStream(seed, purpose, a, b).nextLong());
                        streams++;
                    }
                }
            }
        }
        assertEquals(streams, first.size());
        assertEquals(
                new RandomStream(Long.MIN_VALUE, 1, 2, 3).nextLong(),
                new RandomStream(Long.MIN_VALUE, 1, 2, 3).nextLong());
    }

    @Test
    void boundedDrawsAreUniform() {
        RandomStream random = new RandomStream(3, 0, 0, 0);
        int[] counts = new int[7];
        int draws = 700_000;
        for (int i = 0; i < draws; i++) {
            counts[random.nextInt(7)]++;
        }
        double chiSquared = 0;
        for (int count : counts) {
            chiSquared += Math.pow(count - draws / 7.0, 2) / (draws / 7.0);
        }
        // 6 degrees of freedom: 0.1 % of honest generators exceed 22.5.
        assertTrue(chiSquared < 22.5, "chi squared " + chiSquared);
        assertThrows(IllegalArgumentException.class, () -> random.nextInt(0));
    }

    @Test
    void gaussiansHaveMeanZeroVarianceOneAndNormalTails() {
        RandomStream random = new RandomStream(4, 0, 0, 0);
        int draws = 400_000;
        double sum = 0;
        double squares = 0;
        int beyondTwo = 0;
        for (int i = 0; i < draws; i++) {
            double x = random.nextGaussian();
            sum += x;
            squares += x * x;
            beyondTwo += Math.abs(x) > 2 ? 1 : 0;
        }
        assertEquals(0, sum / draws, 0.01);
        assertEquals(1, squares / draws, 0.015);
        assertEquals(0.0455, beyondTwo / (double) draws, 0.002);
    }

    @Test
    void floatsAndDoublesFillTheUnitInterval() {
        RandomStream random = new RandomStream(5, 0, 0, 0);
        double min = 1;
        double max = 0;
        for (int i = 0; i < 100_000; i++) {
            double x = i % 2 == 0 ? random.nextDouble() : random.nextFloat();
            min = Math.min(min, x);
            max = Math.max(max, x);
        }
        assertTrue(min >= 0 && min < 1e-3 && max < 1 && max > 1 - 1e-3);
    }

    @Test
    void drawsThatAreLeftOutAreThoseThatWouldHaveComeNext() {
        for (int before = 0; before <= 4; before++) {
            for (int skipped : new int[] {0, 1, 2, 1000}) {
                RandomStream all = new RandomStream(6, 0, 0, 0);
                RandomStream some = new RandomStream(6, 0, 0, 0);
                for (int i = 0; i < before; i++) {
                    assertEquals(all.nextInt(), some.nextInt());
                }
                for (int i = 0; i < skipped; i++) {
                    all.nextGaussian();
                }
                some.skipGaussians(skipped);
                for (int i = 0; i < 9; i++) {
                    assertEquals(all.nextInt(), some.nextInt(), before + " numbers before " + skipped);
                }
            }
        }
    }
}
