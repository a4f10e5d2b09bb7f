package io.github.cloze4j.train;

/** The direction in which a loss, an accuracy or a metric improves. */
public enum MetricGoal {
    /** A higher value is better, such as that of an accuracy. */
    HIGHER,
    /** A lower value is better, such as that of a loss. */
    LOWER;

    /**
     * Whether a value is better than another one by more than a margin. NaN is the worst of all values: it is better than
     * none, and every other value is better than NaN by any margin.
     *
     * @param margin at least 0; with 0, equal values are not better than each other
     */
    public boolean isBetter(double value, double other, double margin) {
        if (Double.isNaN(value) || Double.isNaN(other)) {
            return !Double.isNaN(value);
        }
        return this == HIGHER ? value > other + margin : value < other - margin;
    }
}
