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
 * @param objectives what is trained for which share of the budget
 * @param masking how tokens are chosen for masking: a {@link Masking}, or a method of one's own
 * @param maskProbability share of tokens that are masked, in (0, 1]
 * @param maskReplaceProbability share of masked tokens that become {@code [MASK]}, in [0, 1]
 * @param randomReplaceProbability share of masked tokens that become a random token, in [0, 1 - maskReplaceProbability]
 * @param clmShare the share of the tokens that predict the next word, of those that may, in (0, 1]: less takes less time
 * @param seed seed of the order of rows, of masks and of dropout; every value is a seed
 * @param recomputeActivations whether backward computes activations again instead of keeping them: less memory, more time,
 *     the same numbers
 */
public record PretrainingConfig(
        int batchSize,
        int seqLen,
        ObjectiveSchedule objectives,
        MaskingMethod masking,
        double maskProbability,
        double maskReplaceProbability,
        double randomReplaceProbability,
        double clmShare,
        long seed,
        boolean recomputeActivations) {
    /** The most rows of a micro-batch, and the most tokens of a row. */
    private static final int MAXIMUM = 1 << 20;

    private static final int MAXIMUM_TOKENS = 1 << 28;

    /** Checks every range. */
    public PretrainingConfig {
        Objects.requireNonNull(objectives, "objectives");
        Objects.requireNonNull(masking, "masking");
        require(batchSize >= 1 && batchSize <= MAXIMUM, "a batch size from 1 to " + MAXIMUM, batchSize);
        require(
                seqLen >= objectives.shortestRow() && seqLen <= MAXIMUM,
                "a sequence length from " + objectives.shortestRow() + " to " + MAXIMUM + " for the objective "
                        + objectives,
                seqLen);
        require(
                (long) batchSize * seqLen <= MAXIMUM_TOKENS,
                "a micro-batch of at most " + MAXIMUM_TOKENS + " tokens",
                (long) batchSize * seqLen);
        require(maskProbability > 0 && maskProbability <= 1, "a mask probability in (0, 1]", maskProbability);
        require(clmShare > 0 && clmShare <= 1, "a share of the next words in (0, 1]", clmShare);
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
        builder.objectives = objectives;
        builder.masking = masking;
        builder.maskProbability = maskProbability;
        builder.maskReplaceProbability = maskReplaceProbability;
        builder.randomReplaceProbability = randomReplaceProbability;
        builder.clmShare = clmShare;
        builder.seed = seed;
        builder.recomputeActivations = recomputeActivations;
        return builder;
    }

    /** Collects settings; what is not set keeps its default. */
    public static final class Builder {
        private int batchSize = 16;
        private int seqLen = 128;
        private ObjectiveSchedule objectives = ObjectiveSchedule.of(Objective.MLM);
        private MaskingMethod masking = Masking.TOKEN;
        private double maskProbability = 0.15;
        private double maskReplaceProbability = TokenReplacement.BERT.mask();
        private double randomReplaceProbability = TokenReplacement.BERT.random();
        private double clmShare = 1;
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

        /** One objective for the whole budget. */
        public Builder objective(Objective value) {
            return objectives(ObjectiveSchedule.of(value));
        }

        /** Objectives one after the other, each for a share of the budget. */
        public Builder objectives(ObjectiveSchedule value) {
            objectives = value;
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

        /** Share of the tokens that predict the next word. */
        public Builder clmShare(double value) {
            clmShare = value;
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
                    objectives,
                    masking,
                    maskProbability,
                    maskReplaceProbability,
                    randomReplaceProbability,
                    clmShare,
                    seed,
                    recomputeActivations);
        }
    }
}
