package io.github.cloze4j.kernel;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The losses of {@link Kernels} but plain cross-entropy, for providers whose arrays the host can reach. A row is computed in
 * double precision. Losses of rows are added in the order of the rows, so threads do not change the sum.
 */
public final class HostLosses {
    /** Elements of an array of scores, by their index in the flattened array. */
    public interface Scores {
        double get(int index);

        void put(int index, double value);
    }

    /** Runs items {@code [0, items)}, in any order and in parallel if it likes. */
    public interface Loop {
        void forEach(int items, IntConsumer item);
    }

    /** The loss of some scores, and whether they are right; replaces the scores by its gradient. */
    private interface Loss {
        LossSum apply(double[] scores);
    }

    private static final int SPAN_COLUMNS = 2;

    private final Loop loop;

    /** @param loop the threads that the rows are shared out among */
    public HostLosses(Loop loop) {
        this.loop = loop;
    }

    /** {@link Kernels#crossEntropy(org.nd4j.linalg.api.ndarray.INDArray, int[], ClassLoss, double)}. */
    public LossSum crossEntropy(Scores logits, int classes, int[] labels, ClassLoss loss, double gradientScale) {
        return sum(
                labels.length,
                row -> replace(
                        logits,
                        row * classes,
                        1,
                        classes,
                        gradientScale,
                        scores -> SoftmaxLoss.apply(scores, labels[row], loss)));
    }

    /** {@link Kernels#sigmoidCrossEntropy}. */
    public LossSum sigmoidCrossEntropy(Scores logits, int columns, float[] values, double gradientScale) {
        return sum(
                values.length / columns,
                row -> replace(
                        logits,
                        row * columns,
                        1,
                        columns,
                        gradientScale,
                        scores -> sigmoidCrossEntropy(scores, values, row * columns)));
    }

    /** {@link Kernels#squaredError}. */
    public LossSum squaredError(Scores scores, int columns, float[] values, double gradientScale) {
        return sum(
                values.length / columns,
                row -> replace(
                        scores,
                        row * columns,
                        1,
                        columns,
                        gradientScale,
                        own -> squaredError(own, values, row * columns)));
    }

    /** {@link Kernels#spanCrossEntropy}. */
    public LossSum spanCrossEntropy(Scores scores, int[] ends, int[] labels, double gradientScale) {
        return sum(ends.length, group -> {
            int start = group == 0 ? 0 : ends[group - 1];
            LossSum both = LossSum.ZERO;
            for (int column = 0; column < SPAN_COLUMNS; column++) {
                int label = labels[SPAN_COLUMNS * group + column];
                both = both.plus(replace(
                        scores,
                        SPAN_COLUMNS * start + column,
                        SPAN_COLUMNS,
                        ends[group] - start,
                        gradientScale / SPAN_COLUMNS,
                        own -> SoftmaxLoss.apply(own, label, ClassLoss.PLAIN)));
            }
            return new LossSum(both.sum() / SPAN_COLUMNS, both.correct() == SPAN_COLUMNS ? 1 : 0);
        });
    }

    private interface ItemLoss {
        LossSum of(int item);
    }

    private LossSum sum(int items, ItemLoss loss) {
        LossSum[] losses = new LossSum[items];
        loop.forEach(items, item -> losses[item] = loss.of(item));
        return Arrays.stream(losses).reduce(LossSum.ZERO, LossSum::plus);
    }

    /** Computes the loss of {@code count} scores, {@code stride} apart, and puts its scaled gradient in their place. */
    private static LossSum replace(Scores scores, int start, int stride, int count, double gradientScale, Loss loss) {
        double[] own = new double[count];
        for (int i = 0; i < count; i++) {
            own[i] = scores.get(start + i * stride);
        }
        LossSum result = loss.apply(own);
        for (int i = 0; i < count; i++) {
            scores.put(start + i * stride, Double.isFinite(result.sum()) ? gradientScale * own[i] : Double.NaN);
        }
        return result;
    }

    private static LossSum sigmoidCrossEntropy(double[] scores, float[] values, int first) {
        double sum = 0;
        boolean correct = true;
        for (int i = 0; i < scores.length; i++) {
            double x = scores[i];
            double value = values[first + i];
            // Not above 1: it underflows where the plain formula overflows.
            double small = Math.exp(-Math.abs(x));
            sum += Math.max(x, 0) - x * value + Math.log1p(small);
            correct &= x > 0 == value > 0.5;
            scores[i] = ((x < 0 ? small : 1) / (1 + small) - value) / scores.length;
        }
        return new LossSum(sum / scores.length, correct ? 1 : 0);
    }

    private static LossSum squaredError(double[] scores, float[] values, int first) {
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            double error = scores[i] - values[first + i];
            sum += error * error;
            scores[i] = 2 * error / scores.length;
        }
        return new LossSum(sum / scores.length, LossSum.NO_ANSWERS);
    }
}
