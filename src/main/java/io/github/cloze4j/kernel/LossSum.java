package io.github.cloze4j.kernel;

/**
 * Cross-entropy over some rows.
 *
 * @param sum over the rows, in nats
 * @param correct rows whose highest logit is the label
 */
public record LossSum(double sum, int correct) {}
