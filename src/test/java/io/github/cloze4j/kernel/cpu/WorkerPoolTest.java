package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void everyItemRunsOnce(int threads) {
        WorkerPool pool = WorkerPool.acquire(threads);
        for (int items : new int[] {0, 1, 2, 7, 1000}) {
            AtomicIntegerArray runs = new AtomicIntegerArray(items);
            pool.run(items, (item, worker) -> runs.incrementAndGet(item));
            for (int item = 0; item < items; item++) {
                assertEquals(1, runs.get(item));
            }
        }
        pool.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void whatAnItemThrowsReachesTheCallerAndThePoolGoesOn(int threads) {
        WorkerPool pool = WorkerPool.acquire(threads);
        IllegalStateException thrown = assertThrows(
                IllegalStateException.class,
                () -> pool.run(20, (item, worker) -> {
                    if (item == 13) {
                        throw new IllegalStateException("thirteen");
                    }
                }));
        assertEquals("thirteen", thrown.getMessage());
        everyItemRunsOnce(threads);
        pool.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void sleepingThreadsWake(int threads) throws InterruptedException {
        WorkerPool pool = WorkerPool.acquire(threads);
        for (int i = 0; i < 20; i++) {
            Thread.sleep(2);
            everyItemRunsOnce(threads);
        }
        assertTrue(pool.size() == threads);
        pool.release();
    }
}
