package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Threads of kernels end with the last kernels that use them. */
class KernelsCloseTest {
    /** Nobody else in these tests takes as many threads, so that the last six are this test's. */
    private static final int UNUSUAL = Math.max(16, Runtime.getRuntime().availableProcessors()) + 7;

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("cloze4j-cpu-"))
                .filter(thread -> Integer.parseInt(thread.getName().substring("cloze4j-cpu-".length())) >= UNUSUAL - 6)
                .count();
    }

    @Test
    void threadsEndWithTheLastKernelsThatUseThem() {
        assertEquals(0, threads());
        Kernels one = KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, UNUSUAL);
        Kernels two = KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, UNUSUAL);
        assertEquals(6, threads());
        one.close();
        one.close();
        assertEquals(6, threads());
        try (Arena arena = Arena.allocate(DataType.FLOAT, 1 << 20)) {
            arena.flat().assign(1);
            assertEquals(1 << 20, two.squaredNorm(arena.flat()).read());
        }
        two.close();
        assertEquals(0, threads());
    }

    @Test
    void manyKernelsOfManySizesLeaveNoThread() {
        List<Kernels> all = new ArrayList<>();
        for (int threads = 1; threads <= UNUSUAL; threads++) {
            all.add(KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, threads));
        }
        assertFalse(threads() == 0);
        all.forEach(Kernels::close);
        assertEquals(0, threads());
    }

    /** A worker thread that others interrupt, as by its thread group, goes on working and sleeping. */
    @Test
    void interruptedWorkersGoOn() throws InterruptedException {
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, UNUSUAL);
                Arena arena = Arena.allocate(DataType.FLOAT, 1 << 20)) {
            arena.flat().assign(1);
            for (int round = 0; round < 5; round++) {
                Thread.sleep(2);
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("cloze4j-cpu-"))
                        .forEach(Thread::interrupt);
                assertEquals(1 << 20, kernels.squaredNorm(arena.flat()).read());
            }
        }
    }
}
