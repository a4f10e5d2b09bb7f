package io.github.cloze4j.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a text that goes on token by token.
 *
 * @param ids {@code [length]} token ids, at least one
 * @param typeIds {@code [length]} token types of these tokens
 * @param prefix tokens at the beginning that all tokens of the text see, from 0 to the length; 0 is causal attention
 * @param continuationType the token type of all tokens that come later
 */
public record Prompt(int[] ids, int[] typeIds, int prefix, int continuationType) {
    /**
     * Copies both arrays.
     *
     * @throws IllegalArgumentException if there is no token, if the arrays differ in length, or if the prefix is longer than
     *     the prompt
     */
    public Prompt {
        ids = ids.clone();
        typeIds = typeIds.clone();
        if (ids.length == 0 || typeIds.length != ids.length) {
            throw new IllegalArgumentException("Expected at least 1 token, and a token type for each. Received: "
                    + ids.length + " tokens, " + typeIds.length + " types");
        }
        if (prefix < 0 || prefix > ids.length) {
            throw new IllegalArgumentException(
                    "Expected a prefix from 0 to the length of the prompt, " + ids.length + ". Received: " + prefix);
        }
    }

    /**
     * The prompt of a next-word model, {@code [CLS] text}: each token sees itself and the tokens before it. All token types are 0.
     */
    public static Prompt causal(int... ids) {
        return new Prompt(ids, new int[ids.length], 0, 0);
    }

    /**
     * The prompt of a sequence-to-sequence model, {@code [CLS] source [SEP]}: its tokens see each other, and all later tokens see
     * them. Its token types are 0, those of later tokens 1.
     */
    public static Prompt source(int... ids) {
        return new Prompt(ids, new int[ids.length], ids.length, 1);
    }

    /** The number of tokens. */
    public int length() {
        return ids.length;
    }

    /** A copy. */
    @Override
    public int[] ids() {
        return ids.clone();
    }

    /** A copy. */
    @Override
    public int[] typeIds() {
        return typeIds.clone();
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Prompt that
                && Arrays.equals(ids, that.ids)
                && Arrays.equals(typeIds, that.typeIds)
                && prefix == that.prefix
                && continuationType == that.continuationType;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new int[] {Arrays.hashCode(ids), Arrays.hashCode(typeIds), prefix, continuationType});
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "Prompt[" + ids.length + " tokens, prefix " + prefix + ", continuation of type " + continuationType
                + "]";
    }
}
