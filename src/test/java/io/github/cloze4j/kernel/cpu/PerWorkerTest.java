package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
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
            assertEquals(3 * things.size(), alive.get());
            things.trim();
            assertTrue(things.size() <= PerWorker.MOST, "size " + things.size());
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
        List<Integer> sizes = new ArrayList<>();
        Floats x = Floats.allocate(rows * 2 * PerWorker.MOST);
        for (int columns = 1; columns < 2 * PerWorker.MOST; columns++) {
            int width = columns;
            x.write(0, new float[rows * width], rows * width);
            pool.run(rows, (row, worker) -> {
                softmax.apply(worker, x, row * width, 1, width);
                synchronized (sizes) {
                    sizes.add(worker.team.softmaxes.size());
                }
            });
            for (int i = 0; i < rows * width; i++) {
                assertEquals(1f / width, x.get(i), 1e-6f);
            }
        }
        x.free();
        pool.release();
        assertTrue(sizes.stream().allMatch(size -> size <= PerWorker.MOST + 1), "sizes " + sizes);
        assertTrue(sizes.contains(PerWorker.MOST), "sizes " + sizes);
    }
}
