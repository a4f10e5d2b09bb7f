package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** Native things of shapes do not pile up in a process that meets ever new shapes. */
class PerWorkerTest {
    @Test
    void allAreFreedOnceThereAreTooMany() {
        AtomicInteger alive = new AtomicInteger();
        PerWorker<Integer, Integer> things = new PerWorker<>(3, thing -> alive.decrementAndGet());
        for (int key = 0; key < 5 * PerWorker.MOST; key++) {
            assertEquals(key, things.of(key % 3, key, made -> {
                alive.incrementAndGet();
                return made;
            }));
            things.trim();
            assertTrue(alive.get() <= 3 * PerWorker.MOST, "alive " + alive);
        }
        things.clear();
        assertEquals(0, alive.get());
    }

    /** Each width is a primitive of its own. */
    @Test
    void aPoolForgetsShapesBetweenOperations() {
        Loader.load(dnnl.class);
        WorkerPool pool = WorkerPool.acquire(2);
        OneDnnSoftmax softmax = new OneDnnSoftmax();
        int rows = 4;
        Floats x = Floats.allocate(rows * 2L * PerWorker.MOST);
        for (int columns = 1; columns < 2 * PerWorker.MOST; columns++) {
            int width = columns;
            x.write(0, new float[rows * width], rows * width);
            pool.run(rows, (row, worker) -> softmax.apply(worker, x, (long) row * width, 1, width));
            for (int i = 0; i < rows * width; i++) {
                assertEquals(1f / width, x.get(i), 1e-6f);
            }
        }
        x.free();
        AtomicInteger made = new AtomicInteger();
        long ofTheFirst = 1L << Integer.SIZE | 1;
        pool.run(
                1,
                (item, worker) -> worker.team.softmaxes.of(worker.index, ofTheFirst, shape -> {
                    made.incrementAndGet();
                    return OneDnn.instance().softmax(1, 1);
                }));
        pool.release();
        assertEquals(2, made.get(), "the shape is made anew for both workers");
    }
}
