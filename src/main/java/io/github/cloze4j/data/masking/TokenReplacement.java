package io.github.cloze4j.data.masking;

/**
 * What masked tokens become. The rest stays as it is.
 *
 * @param mask share that becomes {@code [MASK]}, in [0, 1]: Hugging Face's {@code mask_replace_prob}
 * @param random share that becomes a random token, in [0, 1 - mask]: Hugging Face's {@code random_replace_prob}
 */
public record TokenReplacement(double mask, double random) {
    /** BERT's (Devlin et al., 2019, section 3.1): 80 % become {@code [MASK]}, 10 % a random token, 10 % stay. */
    public static final TokenReplacement BERT = new TokenReplacement(0.8, 0.1);

    /** Checks the ranges. */
    public TokenReplacement {
        if (!(mask >= 0 && random >= 0 && mask + random <= 1)) {
            throw new IllegalArgumentException(
                    "Expected shares of masked tokens that become [MASK] and a random token of at least 0, at most 1"
                            + " together. Received: " + mask + " and " + random + ". BERT uses 0.8 and 0.1");
        }
    }
}
