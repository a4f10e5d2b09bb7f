package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.DropoutMask;

/**
 * Dropout of blocks: elements are dropped by an AND of their bits with the mask, on {@code int[]}, and go through a
 * little memory to become floats again, for the compiler vectorises no other way between the two.
 */
final class DropoutKernels {
    private static final int ITEM = 1 << 13;

    /** Scratch of a worker that holds bits on their way. */
    private static final int SCRATCH = 0;

    private final WorkerPool pool;

    DropoutKernels(WorkerPool pool) {
        this.pool = pool;
    }

    /** {@code x = dropout(x)}. */
    void inPlace(DropoutMask mask, Floats x, long length) {
        pool.run(Math.toIntExact((length + ITEM - 1) / ITEM), (item, worker) -> {
            long start = (long) item * ITEM;
            int count = (int) Math.min(ITEM, length - start);
            float[] block = worker.block(0, count);
            readDropped(worker, mask, start, x, start, block, count);
            scale(mask.scale(), block, count);
            x.write(start, block, count);
        });
    }

    /** {@code y += dropout(x)}. */
    void adding(DropoutMask mask, Floats x, Floats y, long length) {
        pool.run(Math.toIntExact((length + ITEM - 1) / ITEM), (item, worker) -> {
            long start = (long) item * ITEM;
            int count = (int) Math.min(ITEM, length - start);
            float[] block = worker.block(0, count);
            float[] sum = worker.block(1, count);
            readDropped(worker, mask, start, x, start, block, count);
            scale(mask.scale(), block, count);
            y.read(start, sum, count);
            Sums.add(block, sum, count);
            y.write(start, sum, count);
        });
    }

    /** Reads elements, 0 for the dropped ones; those kept are not scaled yet. */
    static void readDropped(
            Worker worker, DropoutMask mask, long firstIndex, Floats x, long start, float[] into, int count) {
        int[] keep = worker.keep(count);
        int[] bits = worker.bits(count);
        mask.keep(firstIndex, keep, count);
        x.readBits(start, bits, count);
        and(keep, bits, count);
        Floats scratch = worker.scratch(SCRATCH, count);
        scratch.writeBits(0, bits, count);
        scratch.read(0, into, count);
    }

    /** Writes elements, 0 for the dropped ones; those kept are not scaled. */
    static void writeDropped(
            Worker worker, DropoutMask mask, long firstIndex, float[] from, Floats x, long start, int count) {
        int[] keep = worker.keep(count);
        int[] bits = worker.bits(count);
        mask.keep(firstIndex, keep, count);
        Floats scratch = worker.scratch(SCRATCH, count);
        scratch.write(0, from, count);
        scratch.readBits(0, bits, count);
        and(keep, bits, count);
        x.writeBits(start, bits, count);
    }

    private static void and(int[] keep, int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            bits[i] &= keep[i];
        }
    }

    static void scale(float factor, float[] x, int count) {
        for (int i = 0; i < count; i++) {
            x[i] *= factor;
        }
    }
}
