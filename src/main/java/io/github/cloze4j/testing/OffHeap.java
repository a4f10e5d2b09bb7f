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
     * By how many bytes the resident memory grows from round to round: the median, because the heap grows and shrinks in
     * single rounds, while a leak grows in all. A first round is not counted.
     *
     * @param rounds at least 1
     */
    public static long growth(int rounds, Runnable round) {
        round.run();
        long[] growth = new long[rounds];
        long before = residentBytes();
        for (int i = 0; i < rounds; i++) {
            round.run();
            long after = residentBytes();
            growth[i] = after - before;
            before = after;
        }
        Arrays.sort(growth);
        return growth[rounds / 2];
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
