package io.github.cloze4j.testing;

import io.github.cloze4j.kernel.OpenArenas;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Pointer;

/**
 * Finds leaks of memory outside the Java heap, where arrays and mapped files are. The resident memory of the process is
 * measured. The garbage collector, the compilers of the JVM and the C library move it too: let rounds be large against that,
 * some megabytes each.
 */
public final class OffHeap {
    private static final int WINDOWS = 3;
    private static final int MOST_COLLECTIONS = 20;
    private static final int COLLECTIONS_WITHOUT_CHANGE = 3;
    private static final long COLLECTOR_MILLIS = 20;
    private static final long CHANGE = 1_000_000;

    private OffHeap() {}

    /**
     * Runs a first round, which may fill caches, and demands that the rounds after it leave the resident memory where it is.
     * Growth that ends, such as that of compiled code, passes: if {@code rounds} rounds grow too much, twice as many are run,
     * and twice as many again. A leak grows in all of them.
     *
     * @param atMost the largest allowed growth in bytes a round
     * @param rounds the number of rounds, at least 2
     * @throws AssertionError if the resident memory still grows by more than {@code atMost} bytes a round
     */
    public static void assertFlat(long atMost, int rounds, Runnable round) {
        if (rounds < 2) {
            throw new IllegalArgumentException("Expected at least 2 rounds. Received: " + rounds);
        }
        round.run();
        long before = residentBytes();
        long growth = Long.MAX_VALUE;
        for (int window = 0; window < WINDOWS && growth > atMost; window++) {
            int inWindow = rounds << window;
            for (int i = 0; i < inWindow; i++) {
                round.run();
            }
            long after = residentBytes();
            growth = (after - before) / inWindow;
            before = after;
        }
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

    /**
     * The resident memory once the garbage collector has freed what it can: memory that only the collector frees, such as
     * direct buffers, is no leak. Memory is freed over several collections, and the collector returns unused parts of the heap
     * to the system some milliseconds after a collection: without the wait, those parts move the result by tens of megabytes.
     */
    private static long residentBytes() {
        long lowest = Long.MAX_VALUE;
        int unchanged = 0;
        for (int i = 0; i < MOST_COLLECTIONS && unchanged < COLLECTIONS_WITHOUT_CHANGE; i++) {
            System.gc();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(COLLECTOR_MILLIS));
            long resident = Pointer.physicalBytes();
            unchanged = resident > lowest - CHANGE ? unchanged + 1 : 0;
            lowest = Math.min(lowest, resident);
        }
        return lowest;
    }
}
