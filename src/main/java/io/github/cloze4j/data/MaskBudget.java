package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;

/**
 * How many of a row's tokens are masked. Of {@code n} candidates {@code floor(probability · n + u)}, u uniform on [0, 1):
 * on average exactly the probability, and never more than a token off in a row. At least one where there is a candidate.
 *
 * @param probability share of tokens to mask, in (0, 1]
 */
record MaskBudget(double probability) {
    /** Checks the probability. */
    MaskBudget {
        if (!(probability > 0 && probability <= 1)) {
            throw new IllegalArgumentException(
                    "Expected a mask probability in (0, 1]. Received: " + probability + ". BERT uses 0.15");
        }
    }

    int draw(int candidates, RandomStream random) {
        if (candidates == 0) {
            return 0;
        }
        int drawn = (int) (probability * candidates + random.nextDouble());
        // The sum can round up to the next integer where u is close to 1.
        return Math.min(Math.max(drawn, 1), atMost(candidates));
    }

    int atMost(int candidates) {
        return Math.max(1, (int) Math.ceil(probability * candidates));
    }
}
