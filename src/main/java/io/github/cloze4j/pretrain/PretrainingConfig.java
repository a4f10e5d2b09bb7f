package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.MaskingMethod;
import io.github.cloze4j.data.masking.TokenReplacement;
import java.util.Objects;

/**
 * The settings of the data that BERT is pretrained on: rows, masks and objective. {@link #builder()} has every default, and no
 * other place has one.
 *
 * <p>Immutable and thread-safe.
 *
 * @param batchSize rows of a micro-batch
 * @param seqLen tokens of a row
 * @param objective masked tokens alone, or with a question about pairs of texts
 * @param masking how tokens are chosen for masking: a {@link Masking}, or a method of one's own
 * @param maskProbability share of tokens that are masked, in (0, 1]
 * @param maskReplaceProbability share of masked tokens that become {@code [MASK]}, in [0, 1]
 * @param randomReplaceProbability share of masked tokens that become a random token, in [0, 1 - maskReplaceProbability]
 * @param seed seed of the order of rows, of masks and of dropout; every value is a seed
 * @param recomputeActivations whether backward computes activations again instead of keeping them: less memory, more time,
 *     the same numbers
 */
public record PretrainingConfig(
        int batchSize,
        int seqLen,
        Objective objective,
        MaskingMethod masking,
        double maskProbability,
        double maskReplaceProbability,
        double randomReplaceProbability,
        long seed,
        boolean recomputeActivations) {
    /** The most rows of a micro-batch, and the most tokens of a row. */
    private static final int MAXIMUM = 1 << 20;

    private static final int MAXIMUM_TOKENS = 1 << 28;

    /** {@code [CLS]}, a word and {@code [SEP]}. */
    private static final int SHORTEST_ROW = 3;

    /** Checks every range. */
    public PretrainingConfig {
        Objects.requireNonNull(objective, "objective");
        Objects.requireNonNull(masking, "masking");
        require(batchSize >= 1 && batchSize <= MAXIMUM, "a batch size from 1 to " + MAXIMUM, batchSize);
        require(
                seqLen >= SHORTEST_ROW && seqLen <= MAXIMUM,
                "a sequence length from " + SHORTEST_ROW + " to " + MAXIMUM,
                seqLen);
        require(
                (long) batchSize * seqLen <= MAXIMUM_TOKENS,
                "a micro-batch of at most " + MAXIMUM_TOKENS + " tokens",
                (long) batchSize * seqLen);
        require(
                !objective.hasPairs() || seqLen >= Objective.SHORTEST_PAIR,
                "a sequence length of at least " + Objective.SHORTEST_PAIR + " for pairs",
                seqLen);
        require(maskProbability > 0 && maskProbability <= 1, "a mask probability in (0, 1]", maskProbability);
        new TokenReplacement(maskReplaceProbability, randomReplaceProbability);
    }

    private static void require(boolean holds, String expected, Object received) {
        if (!holds) {
            throw new IllegalArgumentException("Expected " + expected + ". Received: " + received);
        }
    }

    /** The replacements of masked tokens. */
    public TokenReplacement tokenReplacement() {
        return new TokenReplacement(maskReplaceProbability, randomReplaceProbability);
    }

    /** The defaults: 16 rows of 128 tokens, 15 % of them masked. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts with the settings of this configuration in the place of the defaults. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.batchSize = batchSize;
        builder.seqLen = seqLen;
        builder.objective = objective;
        builder.masking = masking;
        builder.maskProbability = maskProbability;
        builder.maskReplaceProbability = maskReplaceProbability;
        builder.randomReplaceProbability = randomReplaceProbability;
        builder.seed = seed;
        builder.recomputeActivations = recomputeActivations;
        return builder;
    }

    /** Collects settings; what is not set keeps its default. */
    public static final class Builder {
        private int batchSize = 16;
        private int seqLen = 128;
        private Objective objective = Objective.MLM;
        private MaskingMethod masking = Masking.TOKEN;
        private double maskProbability = 0.15;
        private double maskReplaceProbability = TokenReplacement.BERT.mask();
        private double randomReplaceProbability = TokenReplacement.BERT.random();
        private long seed;
        private boolean recomputeActivations;

        private Builder() {}

        /** Rows of a micro-batch. */
        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        /** Tokens of a row. */
        public Builder seqLen(int value) {
            seqLen = value;
            return this;
        }

        /** Masked tokens alone, or with a question about pairs of texts. */
        public Builder objective(Objective value) {
            objective = value;
            return this;
        }

        /** How tokens are chosen for masking: a {@link Masking}, or a method of one's own. */
        public Builder masking(MaskingMethod value) {
            masking = value;
            return this;
        }

        /** Share of tokens that are masked. */
        public Builder maskProbability(double value) {
            maskProbability = value;
            return this;
        }

        /** Share of masked tokens that become {@code [MASK]}. */
        public Builder maskReplaceProbability(double value) {
            maskReplaceProbability = value;
            return this;
        }

        /** Share of masked tokens that become a random token. */
        public Builder randomReplaceProbability(double value) {
            randomReplaceProbability = value;
            return this;
        }

        /** Seed of the order of rows, of masks and of dropout. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Whether backward computes activations again instead of keeping them. */
        public Builder recomputeActivations(boolean value) {
            recomputeActivations = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if one is out of its range
         */
        public PretrainingConfig build() {
            return new PretrainingConfig(
                    batchSize,
                    seqLen,
                    objective,
                    masking,
                    maskProbability,
                    maskReplaceProbability,
                    randomReplaceProbability,
                    seed,
                    recomputeActivations);
        }
    }
}
