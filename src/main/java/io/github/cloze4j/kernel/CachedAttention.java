package io.github.cloze4j.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention of texts that grow token by token: the keys and values of earlier tokens are kept, so that a step computes those of
 * the new tokens only. {@link Kernels#cachedAttention} has it.
 *
 * <p>A cache is an array {@code [slots, 2, heads, positions, size]} of one layer, where {@code size} is the width of a head: for
 * each text in a slot and each head its keys (0) and its values (1), position by position. Kernels do not check slots,
 * positions and lengths.
 */
public interface CachedAttention {
    /**
     * Keeps the keys and values of whole documents, from position 0 on.
     *
     * @param qkv {@code [tokens, 3 * heads * size]}: query, key, value side by side, heads side by side within each
     * @param documents documents of at most {@code positions} tokens
     * @param slots {@code [documents]} the slot of each document, none twice
     * @param cache written at the documents' slots and positions
     */
    void keep(INDArray qkv, Documents documents, int[] slots, INDArray cache);

    /**
     * Scaled dot-product attention of the next token of each text to itself and all tokens before it. Keeps the key and the value
     * of the token.
     *
     * @param qkv {@code [texts, 3 * heads * size]} of the new tokens, as in {@link #keep}
     * @param slots {@code [texts]} the slot of each text, none twice
     * @param lengths {@code [texts]} the tokens of each text that are kept, at least 0; the new token takes the next position
     * @param cache written at the positions of the new tokens
     * @param context {@code [texts, heads * size]} written
     */
    void attend(INDArray qkv, int[] slots, int[] lengths, INDArray cache, INDArray context);

    /**
     * Copies the keys and values of positions {@code [first, end)} from a slot to another, which may be in another cache with as
     * many heads of the same size.
     *
     * @param to written; not {@code from} if the slots are equal
     */
    void copy(INDArray from, int fromSlot, INDArray to, int toSlot, int first, int end);
}
