package io.github.cloze4j.finetune.metrics;

/**
 * Counts of one class, and the ratios that follow from them. A ratio whose denominator is 0 is 0, as with {@code zero_division=0}
 * in scikit-learn.
 *
 * @param truePositives rows that have the class and are predicted to have it
 * @param predicted rows that are predicted to have the class
 * @param gold rows that have the class; the support
 */
public record ClassScore(long truePositives, long predicted, long gold) {
    /** Checks that the counts fit together. */
    public ClassScore {
        if (truePositives < 0 || truePositives > predicted || truePositives > gold) {
            throw new IllegalArgumentException(
                    "Expected true positives from 0 to the smaller of predicted and gold. Received: " + truePositives
                            + " of " + predicted + " predicted and " + gold
                            + " gold. Count true positives in both other counts.");
        }
    }

    /** Share of the predicted rows that are right: {@code tp / predicted}, in [0, 1]; 0 if nothing is predicted. */
    public double precision() {
        return predicted == 0 ? 0 : (double) truePositives / predicted;
    }

    /** Share of the gold rows that are found: {@code tp / gold}, in [0, 1]; 0 if there are no gold rows. */
    public double recall() {
        return gold == 0 ? 0 : (double) truePositives / gold;
    }

    /** Harmonic mean of precision and recall: {@code 2 tp / (predicted + gold)}, in [0, 1]; 0 if the class occurs nowhere. */
    public double f1() {
        return occurs() ? 2.0 * truePositives / (predicted + gold) : 0;
    }

    /** Whether some row has the class or is predicted to have it. */
    public boolean occurs() {
        return predicted + gold > 0;
    }
}
