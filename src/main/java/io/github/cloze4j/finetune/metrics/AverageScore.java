package io.github.cloze4j.finetune.metrics;

/**
 * Averages over classes.
 *
 * @param precision the average precision, in [0, 1]
 * @param recall the average recall, in [0, 1]
 * @param f1 the average F1, in [0, 1]. With macro and weighted averages it is the average of the classes' F1, as in
 *     scikit-learn, and not the harmonic mean of {@code precision} and {@code recall}
 */
public record AverageScore(double precision, double recall, double f1) {}
