package io.github.cloze4j.train;

/** The losses of the last steps. */
final class RecentLosses {
    private static final int CAPACITY = 100;

    private final double[] losses = new double[CAPACITY];
    private long count;

    void add(double loss) {
        losses[(int) (count++ % CAPACITY)] = loss;
    }

    /** NaN where there is none yet. */
    double mean() {
        int held = (int) Math.min(count, CAPACITY);
        double sum = 0;
        for (int i = 0; i < held; i++) {
            sum += losses[i];
        }
        return sum / held;
    }
}
