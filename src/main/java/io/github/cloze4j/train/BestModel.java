package io.github.cloze4j.train;

/**
 * The best evaluation of a run that selects its best model.
 *
 * @param metric the figure that decides: {@link ModelSelection#bestMetric}
 * @param step the optimizer steps that the model had done
 * @param value the value of the figure, on the data that {@link ModelSelection} names; never NaN
 */
public record BestModel(String metric, long step, double value) {}
