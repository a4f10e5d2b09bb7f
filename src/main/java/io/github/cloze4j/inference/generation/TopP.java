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
        double[] ascending = Arrays.stream(scores)
                .filter(score -> score > Double.NEGATIVE_INFINITY)
                .sorted()
                .toArray();
        int removed = ascending.length == 0 ? 0 : removed(ascending);
        if (removed == 0) {
            return;
        }
        double lowestKept = ascending[removed];
        int equalsRemoved = 0;
        while (equalsRemoved < removed && ascending[removed - 1 - equalsRemoved] == lowestKept) {
            equalsRemoved++;
        }
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] < lowestKept || (scores[id] == lowestKept && equalsRemoved-- > 0)) {
                scores[id] = Double.NEGATIVE_INFINITY;
            }
        }
    }

    private int removed(double[] ascending) {
        float most = (float) (1 - p);
        double logSum = Probabilities.logSum(ascending);
        double sum = 0;
        for (int i = 0; i < ascending.length - 1; i++) {
            sum += (float) Math.exp(ascending[i] - logSum);
            if ((float) sum > most) {
                return i;
            }
        }
        return ascending.length - 1;
    }
}
