package io.github.cloze4j.inference.generation;

import java.util.List;
import java.util.Objects;

/**
 * The settings of a generation, named as in the {@code GenerationConfig} of transformers. {@link #builder()} has every default, and no
 * other place has one. The defaults are those of transformers, but for {@code topK}: transformers keeps 50 tokens unless it is told
 * otherwise, and here nothing is removed that was not asked for. Scores are changed in the order in which transformers changes them.
 *
 * <p>Immutable and thread-safe.
 *
 * @param maxNewTokens the most generated tokens of a text, the final {@code [SEP]} included, at least 1. The model's positions may
 *     end a text before ({@link FinishReason#MAX_POSITIONS})
 * @param minNewTokens generated tokens before the final {@code [SEP]}, from 0 to {@code maxNewTokens}
 * @param doSample whether tokens are drawn at random; false takes the most probable token, or searches with beams
 * @param temperature divides the scores when sampling, from {@link Float#MIN_NORMAL} to {@link Float#MAX_VALUE}; 1 changes nothing
 * @param topK tokens with the highest scores that sampling keeps, and all that are equal to the last of them; 0 keeps all
 * @param topP probability of the most probable tokens that sampling keeps, in (0, 1]; 1 keeps all
 * @param minP probability, as a share of that of the most probable token, that sampling demands of a token, in [0, 1]; 0 keeps all
 * @param repetitionPenalty divides positive scores of tokens that the text already has and multiplies negative ones, from
 *     {@link Float#MIN_NORMAL} to {@link Float#MAX_VALUE}; 1 changes nothing
 * @param noRepeatNgramSize length of the sequences of tokens that no text has twice; 0 forbids none
 * @param badWordsIds sequences of token ids that are never generated, each of at least one id
 * @param allowUnknown whether {@code [UNK]} may be generated. {@code [PAD]}, {@code [CLS]} and {@code [MASK]} never are
 * @param numBeams texts that a beam search keeps, at most 10,000; 1 is no beam search
 * @param lengthPenalty exponent of the number of generated tokens by which a beam search divides the sum of log-probabilities; above
 *     0 it favours long texts
 * @param earlyStopping when a beam search ends
 * @param numReturnSequences texts for each prompt, at most 10,000: that many samples, or the best of a beam search, at most
 *     {@code numBeams}
 * @param stopStrings texts that end a generation; the result ends before the first of them. None of them is empty
 * @param seed seed of the random draws
 */
public record GenerationConfig(
        int maxNewTokens,
        int minNewTokens,
        boolean doSample,
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        int noRepeatNgramSize,
        List<List<Integer>> badWordsIds,
        boolean allowUnknown,
        int numBeams,
        double lengthPenalty,
        EarlyStopping earlyStopping,
        int numReturnSequences,
        List<String> stopStrings,
        long seed) {
    /** Texts of a prompt that are in memory at the same time: beams, or results. */
    private static final int MOST_TEXTS = 10_000;

    /** Scores that are multiplied with a number outside this range, or divided by it, overflow. */
    private static final String FACTORS = " (" + Float.MIN_NORMAL + " to " + Float.MAX_VALUE + ")";

    /** Checks every range, and refuses settings that would have no effect. */
    public GenerationConfig {
        Objects.requireNonNull(earlyStopping, "earlyStopping");
        badWordsIds = badWordsIds.stream().map(List::copyOf).toList();
        stopStrings = List.copyOf(stopStrings);
        require(maxNewTokens >= 1, "maxNewTokens of at least 1", maxNewTokens);
        require(
                minNewTokens >= 0 && minNewTokens <= maxNewTokens,
                "minNewTokens from 0 to maxNewTokens, " + maxNewTokens,
                minNewTokens);
        require(isFactor(temperature), "a temperature above 0" + FACTORS, temperature);
        require(topK >= 0, "topK of at least 0, which keeps all tokens", topK);
        require(topP > 0 && topP <= 1, "topP above 0 and at most 1", topP);
        require(minP >= 0 && minP <= 1, "minP from 0 to 1", minP);
        require(isFactor(repetitionPenalty), "a repetitionPenalty above 0" + FACTORS, repetitionPenalty);
        require(noRepeatNgramSize >= 0, "noRepeatNgramSize of at least 0, which forbids nothing", noRepeatNgramSize);
        require(
                badWordsIds.stream()
                        .allMatch(ids -> !ids.isEmpty() && ids.stream().allMatch(id -> id >= 0)),
                "badWordsIds with at least one token id each, from 0",
                badWordsIds);
        require(numBeams >= 1 && numBeams <= MOST_TEXTS, "numBeams from 1 to " + MOST_TEXTS, numBeams);
        require(Double.isFinite(lengthPenalty), "a finite lengthPenalty", lengthPenalty);
        require(
                numReturnSequences >= 1 && numReturnSequences <= MOST_TEXTS,
                "numReturnSequences from 1 to " + MOST_TEXTS,
                numReturnSequences);
        require(
                stopStrings.stream().noneMatch(String::isEmpty),
                "stopStrings of at least one character each",
                "an empty one");
        requireEffect(doSample, temperature, topK, topP, minP);
        requireSearch(doSample, numBeams, lengthPenalty, earlyStopping, numReturnSequences);
    }

    private static void requireEffect(boolean doSample, double temperature, int topK, double topP, double minP) {
        if (!doSample && (temperature != 1 || topK != 0 || topP != 1 || minP != 0)) {
            throw new IllegalArgumentException(
                    "Expected doSample with temperature, topK, topP or minP. Received: temperature "
                            + temperature + ", topK " + topK + ", topP " + topP + ", minP " + minP
                            + " without doSample, which changes nothing. Set doSample, or leave them out");
        }
    }

    private static void requireSearch(
            boolean doSample, int numBeams, double lengthPenalty, EarlyStopping earlyStopping, int numReturnSequences) {
        if (doSample && numBeams > 1) {
            throw new IllegalArgumentException(
                    "Expected doSample or numBeams. Received: both, numBeams " + numBeams + ". Leave one of them out");
        }
        if (numBeams == 1 && (lengthPenalty != 1 || earlyStopping != EarlyStopping.FALSE)) {
            throw new IllegalArgumentException(
                    "Expected numBeams above 1 with lengthPenalty or earlyStopping. Received:"
                            + " lengthPenalty " + lengthPenalty + ", earlyStopping " + earlyStopping
                            + " with numBeams 1, which changes nothing. Set numBeams, or leave them out");
        }
        int most = doSample ? Integer.MAX_VALUE : numBeams;
        if (numReturnSequences > most) {
            throw new IllegalArgumentException("Expected numReturnSequences of at most numBeams, " + numBeams
                    + ", without doSample. Received: " + numReturnSequences + ". Set doSample, or more numBeams");
        }
    }

    private static boolean isFactor(double value) {
        return value >= Float.MIN_NORMAL && value <= Float.MAX_VALUE;
    }

    private static void require(boolean holds, String expected, Object received) {
        if (!holds) {
            throw new IllegalArgumentException("Expected " + expected + ". Received: " + received);
        }
    }

    /** The defaults: the most probable token each time, at most 20 tokens. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts with the settings of this configuration in the place of the defaults. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.maxNewTokens = maxNewTokens;
        builder.minNewTokens = minNewTokens;
        builder.doSample = doSample;
        builder.temperature = temperature;
        builder.topK = topK;
        builder.topP = topP;
        builder.minP = minP;
        builder.repetitionPenalty = repetitionPenalty;
        builder.noRepeatNgramSize = noRepeatNgramSize;
        builder.badWordsIds = badWordsIds;
        builder.allowUnknown = allowUnknown;
        builder.numBeams = numBeams;
        builder.lengthPenalty = lengthPenalty;
        builder.earlyStopping = earlyStopping;
        builder.numReturnSequences = numReturnSequences;
        builder.stopStrings = stopStrings;
        builder.seed = seed;
        return builder;
    }

    /** Collects settings; what is not set keeps its default. */
    public static final class Builder {
        private int maxNewTokens = 20;
        private int minNewTokens;
        private boolean doSample;
        private double temperature = 1;
        private int topK;
        private double topP = 1;
        private double minP;
        private double repetitionPenalty = 1;
        private int noRepeatNgramSize;
        private List<List<Integer>> badWordsIds = List.of();
        private boolean allowUnknown;
        private int numBeams = 1;
        private double lengthPenalty = 1;
        private EarlyStopping earlyStopping = EarlyStopping.FALSE;
        private int numReturnSequences = 1;
        private List<String> stopStrings = List.of();
        private long seed;

        private Builder() {}

        /** Sets {@link GenerationConfig#maxNewTokens}. */
        public Builder maxNewTokens(int value) {
            maxNewTokens = value;
            return this;
        }

        /** Sets {@link GenerationConfig#minNewTokens}. */
        public Builder minNewTokens(int value) {
            minNewTokens = value;
            return this;
        }

        /** Sets {@link GenerationConfig#doSample}. */
        public Builder doSample(boolean value) {
            doSample = value;
            return this;
        }

        /** Sets {@link GenerationConfig#temperature}. */
        public Builder temperature(double value) {
            temperature = value;
            return this;
        }

        /** Sets {@link GenerationConfig#topK}. */
        public Builder topK(int value) {
            topK = value;
            return this;
        }

        /** Sets {@link GenerationConfig#topP}. */
        public Builder topP(double value) {
            topP = value;
            return this;
        }

        /** Sets {@link GenerationConfig#minP}. */
        public Builder minP(double value) {
            minP = value;
            return this;
        }

        /** Sets {@link GenerationConfig#repetitionPenalty}. */
        public Builder repetitionPenalty(double value) {
            repetitionPenalty = value;
            return this;
        }

        /** Sets {@link GenerationConfig#noRepeatNgramSize}. */
        public Builder noRepeatNgramSize(int value) {
            noRepeatNgramSize = value;
            return this;
        }

        /** Sets {@link GenerationConfig#badWordsIds}. */
        public Builder badWordsIds(List<List<Integer>> value) {
            badWordsIds = value;
            return this;
        }

        /** Sets {@link GenerationConfig#allowUnknown}. */
        public Builder allowUnknown(boolean value) {
            allowUnknown = value;
            return this;
        }

        /** Sets {@link GenerationConfig#numBeams}. */
        public Builder numBeams(int value) {
            numBeams = value;
            return this;
        }

        /** Sets {@link GenerationConfig#lengthPenalty}. */
        public Builder lengthPenalty(double value) {
            lengthPenalty = value;
            return this;
        }

        /** Sets {@link GenerationConfig#earlyStopping}. */
        public Builder earlyStopping(EarlyStopping value) {
            earlyStopping = value;
            return this;
        }

        /** Sets {@link GenerationConfig#numReturnSequences}. */
        public Builder numReturnSequences(int value) {
            numReturnSequences = value;
            return this;
        }

        /** Sets {@link GenerationConfig#stopStrings}. */
        public Builder stopStrings(List<String> value) {
            stopStrings = value;
            return this;
        }

        /** Sets {@link GenerationConfig#seed}. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if a setting is out of range, or has no effect with the others
         */
        public GenerationConfig build() {
            return new GenerationConfig(
                    maxNewTokens,
                    minNewTokens,
                    doSample,
                    temperature,
                    topK,
                    topP,
                    minP,
                    repetitionPenalty,
                    noRepeatNgramSize,
                    badWordsIds,
                    allowUnknown,
                    numBeams,
                    lengthPenalty,
                    earlyStopping,
                    numReturnSequences,
                    stopStrings,
                    seed);
        }
    }
}
