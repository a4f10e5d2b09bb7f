package io.github.cloze4j.monitor;

import java.util.Locale;

/**
 * Round values that divide an axis: 1, 2 or 5 times a power of ten apart, and beyond the data at neither end by more
 * than one such distance.
 *
 * @param low the first
 * @param step the distance
 * @param count how many, at least 2
 */
record AxisTicks(double low, double step, int count) {
    private static final double[] ROUND = {1, 2, 5};
    /** Keeps 0.3 / 0.1 from being less than 3. */
    private static final double TOLERANCE = 1e-9;

    private static final int MOST_DECIMALS = 5;

    /** At most {@code most} distances that cover the range; one that is empty is widened. */
    static AxisTicks covering(double minimum, double maximum, int most) {
        double low = minimum;
        double range = maximum - minimum;
        double magnitude = Math.max(Math.abs(minimum), Math.abs(maximum));
        // What differs by rounding only is a constant.
        if (range <= magnitude * TOLERANCE) {
            range = magnitude > 0 ? magnitude : 1;
            low = minimum - range / 2;
        }
        double high = low + range;
        double power = Math.pow(10, Math.floor(Math.log10(range / most)));
        for (double candidate = power; ; candidate *= 10) {
            for (double round : ROUND) {
                double step = candidate * round;
                double first = Math.floor(low / step + TOLERANCE);
                double last = Math.ceil(high / step - TOLERANCE);
                if (last - first <= most) {
                    return new AxisTicks(first * step, step, (int) (last - first) + 1);
                }
            }
        }
    }

    double high() {
        return low + step * (count - 1);
    }

    double value(int index) {
        return low + step * index;
    }

    /** With just as many digits as tell the values apart, and in scientific notation where those are many. */
    String label(int index) {
        double value = value(index);
        int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + TOLERANCE));
        if (Math.abs(value) < step / 2) {
            return "0";
        }
        return String.format(Locale.ROOT, decimals > MOST_DECIMALS ? "%.0e" : "%,." + decimals + "f", value);
    }
}
