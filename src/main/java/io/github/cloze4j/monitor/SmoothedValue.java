package io.github.cloze4j.monitor;

/** An exponential moving average, corrected for its start as in Adam (Kingma and Ba, 2015), section 3. */
final class SmoothedValue {
    private final double keep;
    private double sum;
    private double weight;

    /** @param keep share of the old average that a new value leaves, in [0, 1) */
    SmoothedValue(double keep) {
        if (!(keep >= 0 && keep < 1)) {
            throw new IllegalArgumentException("Expected a share to keep in [0, 1). Received: " + keep);
        }
        this.keep = keep;
    }

    /** Adds a value and returns the average; a value that is not finite is left out. */
    double add(double value) {
        if (Double.isFinite(value)) {
            sum = keep * sum + (1 - keep) * value;
            weight = keep * weight + (1 - keep);
        }
        return value();
    }

    /** The average; NaN before the first value. */
    double value() {
        return sum / weight;
    }
}
