package io.github.cloze4j.model;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.Activation;

/**
 * The shape and the constants of a BERT; every default of the model stands here and nowhere else. Names are those of
 * Hugging Face's {@code config.json}.
 *
 * @param vocabSize words
 * @param hiddenSize a multiple of {@code numAttentionHeads}
 * @param numHiddenLayers encoder layers
 * @param numAttentionHeads heads
 * @param intermediateSize width of the feed-forward layer
 * @param hiddenAct the GELU of the feed-forward layer and of the head
 * @param hiddenDropoutProb in [0, 1)
 * @param attentionProbsDropoutProb in [0, 1)
 * @param maxPositionEmbeddings the longest document, special tokens included
 * @param typeVocabSize token types
 * @param initializerRange standard deviation of initial weights
 * @param layerNormEps added to the variance
 * @param tieWordEmbeddings whether the head decodes with the word embeddings; else with a weight of its own
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
        boolean tieWordEmbeddings) {

    /** Checks that the numbers make a model. */
    public BertConfig {
        positive("vocab_size", vocabSize);
        positive("hidden_size", hiddenSize);
        positive("num_hidden_layers", numHiddenLayers);
        positive("num_attention_heads", numAttentionHeads);
        positive("intermediate_size", intermediateSize);
        positive("max_position_embeddings", maxPositionEmbeddings);
        positive("type_vocab_size", typeVocabSize);
        if (hiddenSize % numAttentionHeads != 0) {
            throw new IllegalArgumentException("Expected a hidden size that is a multiple of the attention heads."
                    + " Received: hidden size " + hiddenSize + ", heads " + numAttentionHeads
                    + ". Choose heads that divide it");
        }
        probability("hidden_dropout_prob", hiddenDropoutProb);
        probability("attention_probs_dropout_prob", attentionProbsDropoutProb);
        if (!(initializerRange >= 0) || !(layerNormEps > 0)) {
            throw new IllegalArgumentException("Expected initializer_range >= 0 and layer_norm_eps > 0. Received: "
                    + initializerRange + ", " + layerNormEps);
        }
    }

    /**
     * BERT's defaults for the given shape: GELU, dropout 0.1, 512 positions, intermediate size four times hidden, tied
     * decoder.
     */
    public static BertConfig of(int vocabSize, int layers, int hiddenSize, int heads) {
        return new BertConfig(
                vocabSize,
                hiddenSize,
                layers,
                heads,
                4 * hiddenSize,
                Activation.GELU,
                0.1,
                0.1,
                512,
                2,
                0.02,
                1e-12,
                true);
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

    /** @throws IllegalArgumentException if there are not as many positions as {@code seqLen} */
    public void requireSeqLen(int seqLen) {
        if (seqLen > maxPositionEmbeddings) {
            throw new IllegalArgumentException("Expected a sequence length of at most " + maxPositionEmbeddings
                    + " (max_position_embeddings). Received: " + seqLen + ". Shorten the sequences");
        }
    }

    /** @throws IllegalArgumentException if the objective has pairs, and there is one token type for both of their texts */
    public void requireObjective(Objective objective) {
        if (objective.hasPairs() && typeVocabSize < 2) {
            throw new IllegalArgumentException("Expected a model with two token types for the objective " + objective
                    + ", which has pairs of texts. Received: " + typeVocabSize
                    + " (type_vocab_size). Train it on masked tokens alone");
        }
    }

    /** The same with another number of encoder layers. */
    public BertConfig withNumHiddenLayers(int layers) {
        return new BertConfig(
                vocabSize,
                hiddenSize,
                layers,
                numAttentionHeads,
                intermediateSize,
                hiddenAct,
                hiddenDropoutProb,
                attentionProbsDropoutProb,
                maxPositionEmbeddings,
                typeVocabSize,
                initializerRange,
                layerNormEps,
                tieWordEmbeddings);
    }

    /** The same with another number of words. */
    public BertConfig withVocabSize(int size) {
        return new BertConfig(
                size,
                hiddenSize,
                numHiddenLayers,
                numAttentionHeads,
                intermediateSize,
                hiddenAct,
                hiddenDropoutProb,
                attentionProbsDropoutProb,
                maxPositionEmbeddings,
                typeVocabSize,
                initializerRange,
                layerNormEps,
                tieWordEmbeddings);
    }

    /** The same with another feed-forward layer. */
    public BertConfig withIntermediateSize(int size) {
        return new BertConfig(
                vocabSize,
                hiddenSize,
                numHiddenLayers,
                numAttentionHeads,
                size,
                hiddenAct,
                hiddenDropoutProb,
                attentionProbsDropoutProb,
                maxPositionEmbeddings,
                typeVocabSize,
                initializerRange,
                layerNormEps,
                tieWordEmbeddings);
    }

    /** The same with both dropouts at {@code probability}. */
    public BertConfig withDropout(double probability) {
        return new BertConfig(
                vocabSize,
                hiddenSize,
                numHiddenLayers,
                numAttentionHeads,
                intermediateSize,
                hiddenAct,
                probability,
                probability,
                maxPositionEmbeddings,
                typeVocabSize,
                initializerRange,
                layerNormEps,
                tieWordEmbeddings);
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException("Expected " + name + " above 0. Received: " + value);
        }
    }

    private static void probability(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException("Expected " + name + " in [0, 1). Received: " + value);
        }
    }
}
