package io.github.cloze4j.tokenizer;

/**
 * How to encode.
 *
 * @param maxLength tokens at most, added special tokens included; what is too long loses its end, of a pair the longer text
 *     first
 * @param addSpecialTokens whether to add {@code [CLS]} and {@code [SEP]}
 * @param specialTokensInText whether special tokens that are written in the text, such as {@code [MASK]}, are tokens;
 *     otherwise they are words and punctuation like any
 */
public record EncodeOptions(int maxLength, boolean addSpecialTokens, boolean specialTokensInText) {
    /** Checks the length. */
    public EncodeOptions {
        if (maxLength < 1) {
            throw new IllegalArgumentException("Expected a maximum length of at least 1. Received: " + maxLength);
        }
    }

    /** Any length, special tokens added, none recognised in the text. */
    public static EncodeOptions defaults() {
        return new EncodeOptions(Integer.MAX_VALUE, true, false);
    }
}
