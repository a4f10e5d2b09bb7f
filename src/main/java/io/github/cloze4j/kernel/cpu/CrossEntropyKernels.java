package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.LossSum;

/** Softmax and cross-entropy, a row of logits an item: a row stays in the cache from the first look to the last write. */
final class CrossEntropyKernels {
    private static final int BLOCK = 1 << 11;

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
            int start = row * vocabulary;
            int label = start + labels[row];
            float labelLogit = logits.get(label);
            int best = best(worker, logits, start, vocabulary);
            float bestLogit = logits.get(best);
            softmax.apply(worker, logits, start, 1, vocabulary);
            // −log p(label) = (best logit − label's logit) − log p(best); p(best) ≥ 1 / vocabulary never underflows.
            double loss = (double) bestLogit - labelLogit - Math.log(logits.get(best));
            lossOf[row] = loss;
            correctOf[row] = best == label;
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

    /** Where the row's highest logit is, the first of several; where any is NaN, that of a NaN. */
    private static int best(Worker worker, Floats logits, int start, int vocabulary) {
        float[] highest = worker.block(0, BLOCK);
        float[] block = worker.block(1, BLOCK);
        int first = Math.min(BLOCK, vocabulary);
        logits.read(start, highest, first);
        for (int offset = first; offset < vocabulary; offset += BLOCK) {
            int count = Math.min(BLOCK, vocabulary - offset);
            logits.read(start + offset, block, count);
            max(block, highest, count);
        }
        float max = highest[0];
        for (int i = 1; i < first; i++) {
            max = Math.max(max, highest[i]);
        }
        for (int offset = 0; offset < vocabulary; offset += BLOCK) {
            int count = Math.min(BLOCK, vocabulary - offset);
            logits.read(start + offset, block, count);
            for (int i = 0; i < count; i++) {
                if (Float.compare(block[i], max) == 0 || block[i] == max) {
                    return start + offset + i;
                }
            }
        }
        throw new IllegalStateException("Expected the highest logit among its row");
    }

    /** {@code highest = max(highest, x)}, element by element. */
    private static void max(float[] x, float[] highest, int count) {
        for (int i = 0; i < count; i++) {
            highest[i] = Math.max(highest[i], x[i]);
        }
    }

    private static void scale(Worker worker, float factor, Floats x, int start, int length) {
        float[] block = worker.block(1, BLOCK);
        for (int offset = 0; offset < length; offset += BLOCK) {
            int count = Math.min(BLOCK, length - offset);
            x.read(start + offset, block, count);
            DropoutKernels.scale(factor, block, count);
            x.write(start + offset, block, count);
        }
    }
}
