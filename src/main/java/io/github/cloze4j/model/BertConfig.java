package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The shape and the constants of a BERT; every default of the model stands here and nowhere else. Names are those of
 * Hugging Face's {@code config.json}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param vocabSize words
 * @param hiddenSize a multiple of {@code numAttentionHeads}
 * @param numHiddenLayers encoder layers
 * @param numAttentionHeads heads
 * @param intermediateSize width of the feed-forward layer
 * @param hiddenAct the activation of the feed-forward layer and of the head
 * @param hiddenDropoutProb in [0, 1)
 * @param attentionProbsDropoutProb in [0, 1)
 * @param maxPositionEmbeddings the longest document, special tokens included
 * @param typeVocabSize token types
 * @param initializerRange standard deviation of initial weights
 * @param layerNormEps added to the variance
 * @param tieWordEmbeddings whether the head decodes with the word embeddings; else with a weight of its own
 * @param classifierDropout the dropout before a head of fine-tuning, in [0, 1); null if it is {@code hiddenDropoutProb}
 * @param isDecoder whether a token sees only itself and the tokens before it in what the model reads, as a model of the next
 *     word does; else it sees the whole text
 */
public record BertConfig(
        int vocabSize,
        int hiddenSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int intermediateSize,
        Activation hiddenAct,
        double hiddenDropoutProb,
        double attentionProbsDropoutProb,
        int maxPositionEmbeddings,
        int typeVocabSize,
        double initializerRange,
        double layerNormEps,
        boolean tieWordEmbeddings,
        @Nullable Double classifierDropout,
        boolean isDecoder) {
    /** The largest vocabulary that a configuration may have. */
    public static final int MAXIMUM_VOCABULARY = 1 << 24;

    private static final int MAXIMUM_LAYERS = 4096;

    /** The bound of everything that is a width or a number of positions: far above any model, so that sizes cannot overflow. */
    private static final int MAXIMUM_WIDTH = 1 << 20;

    private static final int INTERMEDIATE_OF_HIDDEN = 4;

    /** Checks that the numbers make a model. */
    public BertConfig {
        Objects.requireNonNull(hiddenAct, "hiddenAct");
        inRange("vocab_size", vocabSize, MAXIMUM_VOCABULARY);
        inRange("hidden_size", hiddenSize, MAXIMUM_WIDTH);
        inRange("num_hidden_layers", numHiddenLayers, MAXIMUM_LAYERS);
        inRange("num_attention_heads", numAttentionHeads, MAXIMUM_WIDTH);
        inRange("intermediate_size", intermediateSize, INTERMEDIATE_OF_HIDDEN * MAXIMUM_WIDTH);
        inRange("max_position_embeddings", maxPositionEmbeddings, MAXIMUM_WIDTH);
        inRange("type_vocab_size", typeVocabSize, MAXIMUM_WIDTH);
        if (hiddenSize % numAttentionHeads != 0) {
            throw new IllegalArgumentException("Expected a hidden size that is a multiple of the attention heads."
                    + " Received: hidden size " + hiddenSize + ", heads " + numAttentionHeads
                    + ". Choose heads that divide it");
        }
        probability("hidden_dropout_prob", hiddenDropoutProb);
        probability("attention_probs_dropout_prob", attentionProbsDropoutProb);
        if (classifierDropout != null) {
            probability("classifier_dropout", classifierDropout);
        }
        if (!(initializerRange >= 0) || !(layerNormEps > 0)) {
            throw new IllegalArgumentException("Expected initializer_range >= 0 and layer_norm_eps > 0. Received: "
                    + initializerRange + ", " + layerNormEps);
        }
    }

    /** The dropout before a head of fine-tuning, in [0, 1). */
    public double headDropoutProb() {
        return classifierDropout == null ? hiddenDropoutProb : classifierDropout;
    }

    /**
     * What the tokens of documents see when this model reads them.
     *
     * @param offsets as in {@link Documents}
     */
    public Documents documents(int... offsets) {
        return isDecoder ? Documents.causal(offsets) : Documents.bidirectional(offsets);
    }

    /**
     * Starts a configuration with the shape of BERT-base and BERT's other defaults: 12 layers, hidden size 768, 12 heads,
     * GELU, dropout 0.1, 512 positions, a tied decoder.
     *
     * @param vocabSize the number of tokens in the vocabulary
     */
    public static Builder builder(int vocabSize) {
        return new Builder(vocabSize);
    }

    /** Starts a configuration with the settings of this one, all of them explicit. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * Kernels do not look whether an id lies in the table of embeddings.
     *
     * @throws IllegalArgumentException if a vocabulary of {@code tokens} has ids beyond it
     */
    public void requireVocabulary(int tokens) {
        if (tokens > vocabSize) {
            throw new IllegalArgumentException("Expected a vocabulary of at most " + vocabSize
                    + " tokens, the model's vocab_size. Received: " + tokens
                    + ". Use the vocabulary that the model was made with");
        }
    }

    /** @throws IllegalArgumentException if an id of a batch is not in {@code [0, size)} */
    static void requireIds(String what, int[] ids, long size) {
        for (int id : ids) {
            if (id < 0 || id >= size) {
                throw new IllegalArgumentException("Expected " + what + " in [0, " + size + "). Received: " + id
                        + ". Make batches for this model, with its vocabulary");
            }
        }
    }

    /** @throws IllegalArgumentException if there are fewer than {@code types} token types, which batches with pairs have */
    public void requireTokenTypes(int types) {
        if (typeVocabSize < types) {
            throw new IllegalArgumentException("Expected a model with " + types + " token types, for pairs of texts."
                    + " Received: " + typeVocabSize + " (type_vocab_size). Train it on single texts");
        }
    }

    /** @throws IllegalArgumentException if there are not as many positions as {@code seqLen} */
    public void requireSeqLen(int seqLen) {
        if (seqLen > maxPositionEmbeddings) {
            throw new IllegalArgumentException("Expected a sequence length of at most " + maxPositionEmbeddings
                    + " (max_position_embeddings). Received: " + seqLen + ". Shorten the sequences");
        }
    }

    private static void inRange(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(
                    "Expected " + name + " from 1 to " + most + ". Received: " + value + ". Choose another");
        }
    }

    private static void probability(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException("Expected " + name + " in [0, 1). Received: " + value);
        }
    }

    /** Collects the settings of a model; a setting that is not set keeps its default. */
    public static final class Builder {
        private int vocabSize;
        private int numHiddenLayers = 12;
        private int hiddenSize = 768;
        private int numAttentionHeads = 12;
        private @Nullable Integer intermediateSize;
        private Activation hiddenAct = Activation.GELU;
        private double hiddenDropoutProb = 0.1;
        private double attentionProbsDropoutProb = 0.1;
        private int maxPositionEmbeddings = 512;
        private int typeVocabSize = 2;
        private double initializerRange = 0.02;
        private double layerNormEps = 1e-12;
        private boolean tieWordEmbeddings = true;
        private @Nullable Double classifierDropout;
        private boolean isDecoder;

        private Builder(int vocabSize) {
            this.vocabSize = vocabSize;
        }

        private Builder(BertConfig config) {
            vocabSize = config.vocabSize;
            numHiddenLayers = config.numHiddenLayers;
            hiddenSize = config.hiddenSize;
            numAttentionHeads = config.numAttentionHeads;
            intermediateSize = config.intermediateSize;
            hiddenAct = config.hiddenAct;
            hiddenDropoutProb = config.hiddenDropoutProb;
            attentionProbsDropoutProb = config.attentionProbsDropoutProb;
            maxPositionEmbeddings = config.maxPositionEmbeddings;
            typeVocabSize = config.typeVocabSize;
            initializerRange = config.initializerRange;
            layerNormEps = config.layerNormEps;
            tieWordEmbeddings = config.tieWordEmbeddings;
            classifierDropout = config.classifierDropout;
            isDecoder = config.isDecoder;
        }

        /** The number of tokens in the vocabulary. */
        public Builder vocabSize(int value) {
            vocabSize = value;
            return this;
        }

        /** The number of encoder layers. */
        public Builder numHiddenLayers(int value) {
            numHiddenLayers = value;
            return this;
        }

        /** The width of the hidden states, a multiple of the attention heads. */
        public Builder hiddenSize(int value) {
            hiddenSize = value;
            return this;
        }

        /** The number of attention heads. */
        public Builder numAttentionHeads(int value) {
            numAttentionHeads = value;
            return this;
        }

        /** The width of the feed-forward layer; four times the hidden size if it is not set. */
        public Builder intermediateSize(int value) {
            intermediateSize = value;
            return this;
        }

        /** The activation of the feed-forward layer and of the head. */
        public Builder hiddenAct(Activation value) {
            hiddenAct = value;
            return this;
        }

        /** The dropout of the embeddings and of both outputs of a layer, in [0, 1). */
        public Builder hiddenDropoutProb(double value) {
            hiddenDropoutProb = value;
            return this;
        }

        /** The dropout of the attention probabilities, in [0, 1). */
        public Builder attentionProbsDropoutProb(double value) {
            attentionProbsDropoutProb = value;
            return this;
        }

        /** The length of the longest document, special tokens included. */
        public Builder maxPositionEmbeddings(int value) {
            maxPositionEmbeddings = value;
            return this;
        }

        /** The number of token types. */
        public Builder typeVocabSize(int value) {
            typeVocabSize = value;
            return this;
        }

        /** The standard deviation of initial weights. */
        public Builder initializerRange(double value) {
            initializerRange = value;
            return this;
        }

        /** The constant that LayerNorm adds to the variance. */
        public Builder layerNormEps(double value) {
            layerNormEps = value;
            return this;
        }

        /** Whether the head decodes with the word embeddings. */
        public Builder tieWordEmbeddings(boolean value) {
            tieWordEmbeddings = value;
            return this;
        }

        /** The dropout before a head of fine-tuning, in [0, 1); that of {@link #hiddenDropoutProb} if it is null. */
        public Builder classifierDropout(@Nullable Double value) {
            classifierDropout = value;
            return this;
        }

        /** Whether a token sees only itself and the tokens before it. */
        public Builder isDecoder(boolean value) {
            isDecoder = value;
            return this;
        }

        /** Sets every dropout of the model to one probability, in [0, 1). */
        public Builder dropout(double probability) {
            return hiddenDropoutProb(probability)
                    .attentionProbsDropoutProb(probability)
                    .classifierDropout(null);
        }

        /**
         * Returns the configuration.
         *
         * @throws IllegalArgumentException if the numbers make no model
         */
        public BertConfig build() {
            return new BertConfig(
                    vocabSize,
                    hiddenSize,
                    numHiddenLayers,
                    numAttentionHeads,
                    intermediateSize == null
                            ? INTERMEDIATE_OF_HIDDEN * Math.min(hiddenSize, MAXIMUM_WIDTH)
                            : intermediateSize,
                    hiddenAct,
                    hiddenDropoutProb,
                    attentionProbsDropoutProb,
                    maxPositionEmbeddings,
                    typeVocabSize,
                    initializerRange,
                    layerNormEps,
                    tieWordEmbeddings,
                    classifierDropout,
                    isDecoder);
        }
    }
}
