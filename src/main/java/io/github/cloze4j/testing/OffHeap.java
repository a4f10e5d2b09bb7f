package io.github.cloze4j.testing;

import io.github.cloze4j.kernel.OpenArenas;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/**
 * Finds leaks of memory outside the Java heap, where arrays and mapped files are. It is measured on the process's resident
 * memory, which everything else in the process moves too: let rounds be many and what they allocate large.
 */
public final class OffHeap {
    private static final int MOST_COLLECTIONS = 10;
    private static final long SETTLED = 1_000_000;

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
        settle();
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

    /**
     * Demands that everything is closed that some code makes: models, passes, trainers, arenas. It sees what is made on the
     * calling thread and on threads that are started meanwhile, also if none of the memory is in use. Tests that run in
     * parallel do not disturb it.
     *
     * @throws AssertionError that names, for each arena that is open afterwards, its size and the methods that made it
     */
    public static void assertAllClosed(Runnable work) {
        try (OpenArenas open = OpenArenas.record()) {
            work.run();
            List<String> left = open.describe();
            if (!left.isEmpty()) {
                throw new AssertionError("Expected all models, passes, trainers and arenas to be closed. Received: "
                        + left.size() + " open arenas: " + String.join("; ", left));
            }
        }
    }

    /** Waits for memory that earlier work left to the garbage collector: it is freed over several collections. */
    private static void settle() {
        long before = Long.MAX_VALUE;
        for (int i = 0; i < MOST_COLLECTIONS; i++) {
            long resident = residentBytes();
            if (resident > before - SETTLED) {
                return;
            }
            before = resident;
        }
    }

    private static long residentBytes() {
        // What only the garbage collector frees, such as direct buffers, is no leak.
        System.gc();
        return Pointer.physicalBytes();
    }
}
