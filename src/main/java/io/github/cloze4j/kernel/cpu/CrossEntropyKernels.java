package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.LossSum;

/** Softmax and cross-entropy, a row of logits an item: a row stays in the cache from the first look to the last write. */
final class CrossEntropyKernels {
    private static final int BLOCK = 1 << 9;

    /** Above it a probability has all its digits. */
    private static final float SMALL = 1e-30f;

    private final WorkerPool pool;
    private final RowSoftmax softmax;
    private double[] losses = new double[0];
    private boolean[] correct = new boolean[0];

    CrossEntropyKernels(WorkerPool pool, RowSoftmax softmax) {
        this.pool = pool;
        this.softmax = softmax;
    }

    /** Turns logits {@code [labels, vocabulary]} into {@code gradientScale} times the gradient of their loss. */
    LossSum apply(Floats logits, int[] labels, int vocabulary, double gradientScale) {
        int rows = labels.length;
        if (losses.length < rows) {
            losses = new double[rows];
            correct = new boolean[rows];
        }
        double[] lossOf = losses;
        boolean[] correctOf = correct;
        pool.run(rows, (row, worker) -> {
            long start = (long) row * vocabulary;
            long label = start + labels[row];
            float labelLogit = logits.get(label);
            float before = highest(worker, logits, start, label);
            float behind = highest(worker, logits, label, start + vocabulary);
            correctOf[row] = before < labelLogit && behind == labelLogit;
            softmax.apply(worker, logits, start, 1, vocabulary);
            float probability = logits.get(label);
            double loss;
            if (probability > SMALL) {
                loss = -Math.log(probability);
            } else {
                // Too small for a float: p(label) = p(best) · exp(label's logit − best logit); p(best) ≥ 1 /
                // vocabulary.
                float best = highest(worker, logits, start, start + vocabulary);
                loss = (double) Math.max(before, behind) - labelLogit - Math.log(best);
            }
            lossOf[row] = loss;
            scale(worker, (float) gradientScale, logits, start, vocabulary);
            logits.put(label, Double.isFinite(loss) ? logits.get(label) - (float) gradientScale : Float.NaN);
        });
        double sum = 0;
        int count = 0;
        for (int row = 0; row < rows; row++) {
            sum += lossOf[row];
            count += correctOf[row] ? 1 : 0;
        }
        return new LossSum(sum, count);
    }

    /** The highest of elements {@code [start, end)}, NaN where any is; negative infinity of none. */
    private static float highest(Worker worker, Floats x, long start, long end) {
        float[] highest = worker.block(0, BLOCK);
        float[] block = worker.block(1, BLOCK);
        int first = (int) Math.min(BLOCK, end - start);
        x.read(start, highest, first);
        for (long offset = start + first; offset < end; offset += BLOCK) {
            int count = (int) Math.min(BLOCK, end - offset);
            x.read(offset, block, count);
            max(block, highest, count);
        }
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < first; i++) {
            max = Math.max(max, highest[i]);
        }
        return max;
    }

    /** {@code highest = max(highest, x)}, element by element. */
    private static void max(float[] x, float[] highest, int count) {
        for (int i = 0; i < count; i++) {
            highest[i] = Math.max(highest[i], x[i]);
        }
    }

    private static void scale(Worker worker, float factor, Floats x, long start, int length) {
        float[] block = worker.block(1, BLOCK);
        for (int offset = 0; offset < length; offset += BLOCK) {
            int count = Math.min(BLOCK, length - offset);
            x.read(start + offset, block, count);
            DropoutKernels.scale(factor, block, count);
            x.write(start + offset, block, count);
        }
    }
}
