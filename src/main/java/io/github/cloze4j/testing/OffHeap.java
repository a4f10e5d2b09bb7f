package io.github.cloze4j.testing;

import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;

/**
 * Finds leaks of memory outside the Java heap, where arrays and mapped files are. It is measured on the process's resident
 * memory, which everything else in the process moves too: let rounds be many and what they allocate large.
 */
public final class OffHeap {
    private OffHeap() {}

    /**
     * By how many bytes the resident memory grows from round to round. Compares the lowest of the first half of the rounds
     * with the lowest of the second half: the heap grows and shrinks, while a leak lifts all of them. A round before these
     * is not counted.
     *
     * @param rounds at least 2
     */
    public static long growth(int rounds, Runnable round) {
        if (rounds < 2) {
            throw new IllegalArgumentException("Expected at least 2 rounds. Received: " + rounds);
        }
        round.run();
        long[] resident = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            round.run();
            resident[i] = residentBytes();
        }
        int half = rounds / 2;
        long first = Arrays.stream(resident, 0, half).min().orElseThrow();
        long second = Arrays.stream(resident, half, rounds).min().orElseThrow();
        return (second - first) / half;
    }

    /**
     * Demands that the {@link #growth} is small.
     *
     * @throws AssertionError if it is more than {@code atMost} bytes a round
     */
    public static void assertFlat(long atMost, int rounds, Runnable round) {
        long growth = growth(rounds, round);
        if (growth > atMost) {
            throw new AssertionError("Expected resident memory to grow by at most " + atMost
                    + " bytes a round. Received: " + growth + ". Close models, passes, trainers and arenas");
        }
    }

    private static long residentBytes() {
        // What only the garbage collector frees, such as direct buffers, is no leak.
        System.gc();
        return Pointer.physicalBytes();
    }
}
