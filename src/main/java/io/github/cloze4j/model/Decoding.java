package io.github.cloze4j.model;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Texts that grow token by token, and the scores of each text's next token. {@link Bert#decoding} makes it.
 *
 * <p>Each token has the position of its place in the text, from 0, and sees what {@link
 * io.github.cloze4j.kernel.Documents} lets it see: its prompt's prefix, itself and all tokens before it.
 *
 * <p>A call whose arguments are refused changes nothing. One thread at a time uses a decoding; threads with a decoding each may share
 * a model. The scores are read inside {@link io.github.cloze4j.kernel.Kernels#exclusively} together with the call of
 * {@link #scores}. The weights of the model must not change from {@link #begin} to the last score: what is known of earlier tokens
 * is not computed again.
 */
public interface Decoding extends AutoCloseable {
    /**
     * Begins new texts; those before are forgotten.
     *
     * @param prompts at least one; lengths and prefixes may differ
     * @throws IllegalArgumentException if there is no prompt, if a prompt is longer than the model's positions, or if the
     *     model lacks an id or a token type
     * @throws IllegalStateException if this decoding or the model is closed
     * @throws io.github.cloze4j.BackendException if keys and values of the texts do not fit into memory. This, here and below, ends all
     *     texts
     */
    void begin(List<Prompt> prompts);

    /**
     * Appends a token to each text.
     *
     * @param ids {@code [texts]} token ids, in the order of the texts
     * @throws IllegalArgumentException if there is not one id for each text, if the model lacks an id, or if a text already
     *     has as many tokens as the model has positions
     * @throws IllegalStateException if no text was begun, or if this decoding or the model is closed
     * @throws io.github.cloze4j.BackendException if keys and values of the longer texts do not fit into memory
     */
    void append(int... ids);

    /**
     * Goes on with some of the texts.
     *
     * @param texts numbers of texts, from 0, at least one. The texts go on in this order. A number that comes twice makes two
     *     texts of one, as in beam search; a text whose number is missing ends
     * @throws IllegalArgumentException if there is no number, or no text of a number
     * @throws IllegalStateException if no text was begun, or if this decoding or the model is closed
     * @throws io.github.cloze4j.BackendException if keys and values of more texts do not fit into memory
     */
    void select(int... texts);

    /**
     * The scores of every answer of the head for the next token of each text: {@code [texts, outputs]}, for a vocabulary {@code
     * [texts, words]}. Valid until the next call of this decoding; the caller may overwrite them.
     *
     * @throws IllegalStateException if no text was begun, or if this decoding or the model is closed
     */
    INDArray scores();

    /** Frees the memory. A second call does nothing. */
    @Override
    void close();
}
