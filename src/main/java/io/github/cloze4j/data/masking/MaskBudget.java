package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;

/**
 * How many of a row's tokens are masked, as each reference counts. At least one, and never more than {@link #atMost}.
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

    /**
     * The share rounded down or up at random, {@code floor(probability · n + u)} with u uniform on [0, 1): on average
     * exactly the probability, and never more than a token off in a row. None of none.
     */
    int exactOnAverage(int candidates, RandomStream random) {
        if (candidates == 0) {
            return 0;
        }
        int drawn = (int) (probability * candidates + random.nextDouble());
        // The sum can round up to the next integer where u is close to 1.
        return Math.min(Math.max(drawn, 1), atMost(candidates));
    }

    /**
     * The share rounded to the nearest number, halves to the even one as Python does: Google's
     * {@code create_masked_lm_predictions}.
     *
     * @param tokens of the row, {@code [CLS]} and {@code [SEP]} included
     */
    int rounded(int tokens) {
        return Math.max(1, (int) Math.rint(probability * tokens));
    }

    /** The share rounded up: the most that any count here gives, and the number of SpanBERT's {@code PairWithSpanMaskingScheme}. */
    int atMost(int candidates) {
        return Math.max(1, (int) Math.ceil(probability * candidates));
    }
}
