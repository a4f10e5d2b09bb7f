package io.github.cloze4j.kernel.nd4j;

import java.util.concurrent.ForkJoinPool;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The threads of one provider's kernels: those of their loops in Java, which are their own, and those of ND4J and its BLAS,
 * of which the process has one setting.
 */
final class Nd4jThreads implements AutoCloseable {
    /** ND4J's setting. Guarded by the lock that all kernels of this provider share. */
    private static int setting = Runtime.getRuntime().availableProcessors();

    private final int count;
    private final @Nullable ForkJoinPool pool;

    /** @param count the threads that compute at a time */
    Nd4jThreads(int count) {
        this.count = Math.min(count, Runtime.getRuntime().availableProcessors());
        pool = this.count == 1 ? null : new ForkJoinPool(this.count);
    }

    /** Gives ND4J this number of threads; comes before each of its operations, since other kernels may have another number. */
    void use() {
        if (setting != count) {
            Nd4j.getEnvironment().setMaxThreads(count);
            Nd4j.getEnvironment().setMaxMasterThreads(count);
            Nd4j.factory().blas().setMaxThreads(count);
            setting = count;
        }
    }

    /** Runs items {@code [0, items)} in parallel, in any order. What an item throws is thrown here. */
    void forEach(int items, IntConsumer item) {
        if (pool == null) {
            IntStream.range(0, items).forEach(item);
        } else {
            // A parallel stream runs in the pool of the thread that starts it.
            pool.submit(() -> IntStream.range(0, items).parallel().forEach(item))
                    .join();
        }
    }

    @Override
    public void close() {
        if (pool != null) {
            pool.shutdown();
        }
    }
}
