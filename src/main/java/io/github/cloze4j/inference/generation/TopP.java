package io.github.cloze4j.inference.generation;

import io.github.cloze4j.inference.Probabilities;
import java.util.Arrays;

/**
 * Keeps the most probable tokens whose probabilities sum up to {@code p}: the nucleus (Holtzman et al., 2020). Going up from the
 * least probable token, tokens are removed while the sum of their probabilities is at most {@code 1 - p}; of equals the lower id
 * first. The most probable token stays.
 *
 * <p>Probabilities and sums are compared as {@code float}s, as {@code transformers} does: with ten equal tokens and a {@code p} of
 * 0.9 one token is removed, although 0.1 is above 1 - 0.9 in double precision.
 */
record TopP(double p) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        double logSum = Probabilities.logSum(scores);
        // Tokens below this are removed whatever the others are: all of them together have less than half of 1 - p.
        double certain = logSum + Math.log((1 - p) / (2 * scores.length));
        double removedSum = 0;
        int left = 0;
        double[] ascending = new double[scores.length];
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] >= certain) {
                ascending[left++] = scores[id];
            } else if (scores[id] > Double.NEGATIVE_INFINITY) {
                removedSum += (float) Math.exp(scores[id] - logSum);
                scores[id] = Double.NEGATIVE_INFINITY;
            }
        }
        Arrays.sort(ascending, 0, left);
        remove(scores, ascending, removed(ascending, left, logSum, removedSum));
    }

    /** The number of further tokens that are removed; the last stays. */
    private int removed(double[] ascending, int count, double logSum, double removedSum) {
        float most = (float) (1 - p);
        double sum = removedSum;
        for (int i = 0; i < count - 1; i++) {
            sum += (float) Math.exp(ascending[i] - logSum);
            if ((float) sum > most) {
                return i;
            }
        }
        return count - 1;
    }

    private static void remove(double[] scores, double[] ascending, int removed) {
        double lowestKept = ascending[removed];
        int equals = removed;
        while (equals > 0 && ascending[equals - 1] == lowestKept) {
            equals--;
        }
        int equalsRemoved = removed - equals;
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] < lowestKept || (scores[id] == lowestKept && equalsRemoved-- > 0)) {
                scores[id] = Double.NEGATIVE_INFINITY;
            }
        }
    }
}
