package io.github.cloze4j.kernel.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Kernels compute with the threads that they were given, whichever other kernels there are in the process. */
class Nd4jThreadsTest {
    private static final int AVAILABLE = Runtime.getRuntime().availableProcessors();

    private static Kernels kernels(int threads) {
        return KernelProviders.create("nd4j", DataType.FLOAT, Precision.FULL, threads);
    }

    @Test
    void eachOperationHasTheThreadsOfItsKernels() {
        try (Kernels one = kernels(1);
                Kernels all = kernels(AVAILABLE);
                Arena arena = Arena.allocate(DataType.FLOAT, 64)) {
            INDArray x = arena.take(3, 3);
            INDArray y = arena.take(3, 3);
            for (int i = 0; i < 2; i++) {
                one.zero(x);
                assertEquals(1, Nd4j.getEnvironment().maxMasterThreads());
                all.gemm(false, false, 1, x, x, 0, y);
                assertEquals(AVAILABLE, Nd4j.getEnvironment().maxMasterThreads());
            }
        }
    }

    /** The pool belongs to the application, too. */
    @Test
    void theCommonPoolOfTheProcessIsLeftAlone() {
        try (Kernels one = kernels(1);
                Arena arena = Arena.allocate(DataType.FLOAT, 64)) {
            one.dropout(new Dropout(0.5, 1, 2, 3), arena.flat());
            assertNull(System.getProperty("java.util.concurrent.ForkJoinPool.common.parallelism"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void everyItemRunsOnceOnAtMostSoManyThreads(int count) {
        Set<Thread> used = ConcurrentHashMap.newKeySet();
        AtomicIntegerArray runs = new AtomicIntegerArray(1000);
        try (Nd4jThreads threads = new Nd4jThreads(count)) {
            threads.forEach(runs.length(), item -> {
                used.add(Thread.currentThread());
                runs.incrementAndGet(item);
            });
        }
        for (int item = 0; item < runs.length(); item++) {
            assertEquals(1, runs.get(item));
        }
        assertTrue(used.size() <= count, used.toString());
    }
}
