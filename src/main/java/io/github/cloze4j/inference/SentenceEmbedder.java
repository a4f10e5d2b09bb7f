package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Texts as vectors: the encoder's output, pooled over a text's tokens, as Sentence-BERT does it (Reimers and Gurevych, 2019).
 * The masked-language-model head has no part in it.
 *
 * <p>Of a text with more tokens than the model has positions ({@code max_position_embeddings}) the first count, with
 * {@code [SEP]} as the last, as with {@code truncation=True} in {@code transformers}. A text without any token, such as the
 * empty one, is {@code [CLS] [SEP]} and has a vector too.
 *
 * <p>Thread-safe: one object may serve all threads of a server, and several objects may share a model. Calls are answered
 * one after the other, each by one state of the weights, also while another thread trains the model; the kernels work in
 * parallel inside a call. An interrupt ends a call of many texts at its next batch, with a {@link Cloze4jException} and the
 * thread still interrupted. {@link #close}, of this or of the model, waits for calls that have begun; later calls throw an
 * {@link IllegalStateException}. Memory is kept for later texts until then.
 */
public final class SentenceEmbedder implements AutoCloseable {
    /** As PyTorch's {@code normalize}: the least that a vector is divided by. */
    private static final double SMALLEST_NORM = 1e-12;

    private final PackedModel packed;
    private final Pooling pooling;
    private final boolean normalize;

    /** How a text's vectors, one for each token, become one. */
    public enum Pooling {
        /** The mean over all tokens, {@code [CLS]} and {@code [SEP]} included. */
        MEAN,
        /** The vector of {@code [CLS]}, the first token. */
        CLS
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param tokenizer with a vocabulary of at most the model's size
     * @param normalize whether vectors are divided by their Euclidean norm, so that a dot product is a cosine
     * @throws IllegalArgumentException if the vocabulary is larger
     */
    public SentenceEmbedder(BertForMaskedLm model, BertTokenizer tokenizer, Pooling pooling, boolean normalize) {
        packed = new PackedModel(model, tokenizer, "SentenceEmbedder");
        this.pooling = Objects.requireNonNull(pooling);
        this.normalize = normalize;
    }

    /** The length of every vector: the model's hidden size. */
    public int dimensions() {
        return packed.model().config().hiddenSize();
    }

    /**
     * A text's vector {@code [hidden]}.
     *
     * @throws Cloze4jException if the model's output is not finite
     */
    public float[] embed(String text) {
        return embed(List.of(text)).get(0);
    }

    /**
     * The vectors {@code [hidden]} of many texts, in the order given, which is faster than one at a time; of none, none.
     *
     * @throws Cloze4jException if the model's output is not finite
     */
    public List<float[]> embed(List<String> texts) {
        List<Encoding> encodings = texts.stream().map(packed::encodeTruncated).toList();
        float[][] vectors = new float[texts.size()][];
        packed.answer(
                PackedModel.longestFirst(encodings)
                        .mapToObj(text ->
                                Document.withoutMasks(text, encodings.get(text).ids())),
                batch -> {
                    packed.rows().read(packed.pass().hiddenStates(batch.batch()));
                    int[] offsets = batch.batch().documentOffsets();
                    for (int d = 0; d < batch.documents().size(); d++) {
                        vectors[batch.documents().get(d).text()] = pool(offsets[d], offsets[d + 1]);
                    }
                });
        return List.of(vectors);
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        packed.close();
    }

    /** Of the document whose tokens are rows {@code [from, to)}. */
    private float[] pool(int from, int to) {
        int end = pooling == Pooling.CLS ? from + 1 : to;
        double[] mean = new double[dimensions()];
        for (int token = from; token < end; token++) {
            double[] row = packed.rows().row(token);
            for (int i = 0; i < mean.length; i++) {
                mean[i] += row[i] / (end - from);
            }
        }
        double norm = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
        if (!Double.isFinite(norm)) {
            throw new Cloze4jException("Expected finite output of the model. Received: a vector of norm " + norm
                    + ". Use a model whose training did not diverge");
        }
        double divisor = normalize ? Math.max(norm, SMALLEST_NORM) : 1;
        float[] vector = new float[mean.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (mean[i] / divisor);
        }
        return vector;
    }
}
