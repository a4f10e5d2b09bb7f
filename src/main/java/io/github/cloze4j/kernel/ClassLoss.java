package io.github.cloze4j.kernel;

import java.util.List;

/**
 * How the scores of classes are compared with a label. With class weights {@code w}, label smoothing {@code ε}, {@code C}
 * classes, probabilities {@code p} and the label {@code y}, the loss of a row is that of PyTorch's {@code CrossEntropyLoss}:
 * {@code −(1 − ε) · w[y] · ln p[y] − ε / C · Σ w[c] · ln p[c]}. The focal loss (Lin et al., 2017) with the exponent {@code γ} is
 * {@code −(1 − p[y])^γ · w[y] · ln p[y]}. Losses of rows are added up; no sum of weights divides them.
 *
 * @param weights the weight of each class, finite and not negative; empty if all weights are 1
 * @param labelSmoothing {@code ε}, in [0, 1)
 * @param focalGamma {@code γ}, finite and not negative; 0 is cross-entropy. Not together with label smoothing
 */
public record ClassLoss(List<Double> weights, double labelSmoothing, double focalGamma) {
    /** Cross-entropy: no weights, no smoothing, no focus. */
    public static final ClassLoss PLAIN = new ClassLoss(List.of(), 0, 0);

    /** @throws IllegalArgumentException if a number is out of its range */
    public ClassLoss {
        weights = List.copyOf(weights);
        for (double weight : weights) {
            if (!(weight >= 0) || Double.isInfinite(weight)) {
                throw new IllegalArgumentException(
                        "Expected class weights that are finite and not negative. Received: " + weights);
            }
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw new IllegalArgumentException("Expected label smoothing in [0, 1). Received: " + labelSmoothing);
        }
        if (!(focalGamma >= 0) || Double.isInfinite(focalGamma)) {
            throw new IllegalArgumentException(
                    "Expected a focal gamma that is finite and not negative. Received: " + focalGamma);
        }
        if (labelSmoothing > 0 && focalGamma > 0) {
            throw new IllegalArgumentException("Expected label smoothing or a focal gamma. Received: smoothing "
                    + labelSmoothing + " and gamma " + focalGamma + ". Set one of them to 0");
        }
    }

    /** The weight of a class. */
    double weight(int label) {
        return weights.isEmpty() ? 1 : weights.get(label);
    }
}
