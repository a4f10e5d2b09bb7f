package io.github.cloze4j.inference;

import java.util.Arrays;

/** Probabilities of scores. */
final class Probabilities {
    private Probabilities() {}

    /** Probabilities of one class of several: their sum is 1. */
    static double[] softmax(double[] scores) {
        double largest = Arrays.stream(scores).max().orElse(0);
        double[] exponentials =
                Arrays.stream(scores).map(score -> Math.exp(score - largest)).toArray();
        double sum = Arrays.stream(exponentials).sum();
        return Arrays.stream(exponentials).map(value -> value / sum).toArray();
    }

    /** The probability of each class by itself. */
    static double[] sigmoid(double[] scores) {
        return Arrays.stream(scores).map(score -> 1 / (1 + Math.exp(-score))).toArray();
    }
}
