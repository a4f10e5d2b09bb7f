package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.HostLosses;
import io.github.cloze4j.kernel.LossSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;

/** Losses. Plain cross-entropy, which goes over a whole vocabulary, has ND4J's softmax; the others are {@link HostLosses}. */
final class LossKernels {
    private final Nd4jThreads threads;
    private final HostLosses losses;

    LossKernels(Nd4jThreads threads) {
        this.threads = threads;
        losses = new HostLosses(threads::forEach);
    }

    LossSum crossEntropy(INDArray logits, int[] labels, ClassLoss loss, double gradientScale) {
        if (loss.equals(ClassLoss.PLAIN)) {
            return crossEntropy(logits, labels, gradientScale);
        }
        try (HostMatrix matrix = HostMatrix.of(logits)) {
            return losses.crossEntropy(matrix, matrix.columns(), labels, loss, gradientScale);
        }
    }

    private LossSum crossEntropy(INDArray logits, int[] labels, double gradientScale) {
        int rows = labels.length;
        int vocabulary = Math.toIntExact(logits.size(1));
        threads.use();
        INDArray best = logits.argMax(1);
        double[] margins = new double[rows];
        int correct = 0;
        try (HostMatrix matrix = HostMatrix.of(logits)) {
            for (int i = 0; i < rows; i++) {
                int top = best.getInt(i);
                margins[i] = matrix.get(i * vocabulary + top) - matrix.get(i * vocabulary + labels[i]);
                correct += top == labels[i] ? 1 : 0;
            }
        }
        Nd4j.exec(new SoftMax(logits, logits, -1));
        double sum = 0;
        try (HostMatrix matrix = HostMatrix.of(logits)) {
            for (int i = 0; i < rows; i++) {
                // −log p(label) = (best logit − label's logit) − log p(best); p(best) ≥ 1 / vocabulary never
                // underflows.
                double loss = margins[i] - Math.log(matrix.get(i * vocabulary + best.getInt(i)));
                sum += loss;
                int label = i * vocabulary + labels[i];
                matrix.put(label, Double.isFinite(loss) ? matrix.get(label) - 1 : Double.NaN);
            }
        }
        logits.muli(gradientScale);
        return new LossSum(sum, correct);
    }

    LossSum sigmoidCrossEntropy(INDArray logits, float[] values, double gradientScale) {
        try (HostMatrix matrix = HostMatrix.of(logits)) {
            return losses.sigmoidCrossEntropy(matrix, matrix.columns(), values, gradientScale);
        }
    }

    LossSum squaredError(INDArray scores, float[] values, double gradientScale) {
        try (HostMatrix matrix = HostMatrix.of(scores)) {
            return losses.squaredError(matrix, matrix.columns(), values, gradientScale);
        }
    }

    LossSum spanCrossEntropy(INDArray scores, int[] ends, int[] labels, double gradientScale) {
        try (HostMatrix matrix = HostMatrix.of(scores)) {
            return losses.spanCrossEntropy(matrix, ends, labels, gradientScale);
        }
    }
}
