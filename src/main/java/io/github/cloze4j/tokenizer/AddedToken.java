package io.github.cloze4j.tokenizer;

/**
 * A token that is found in a text before the text is split into words, as {@code AddedToken} of the library {@code
 * tokenizers}. The names of the flags are that library's.
 *
 * @param content the token's text, not empty
 * @param special whether the token stands for no text of its own: it is never masked, and decoding leaves it out
 * @param normalized whether the token is looked for in the normalized text, itself normalized, instead of in the text as it
 *     was written
 * @param lstrip whether the token takes the white space on its left with it
 * @param rstrip whether the token takes the white space on its right with it
 * @param singleWord whether the token counts only where no letter, digit or underscore touches it
 */
public record AddedToken(
        String content, boolean special, boolean normalized, boolean lstrip, boolean rstrip, boolean singleWord) {
    /** Checks that the content is not empty. */
    public AddedToken {
        if (content.isEmpty()) {
            throw new IllegalArgumentException("Expected an added token with a text. Received: an empty one");
        }
    }

    /** A special token with the flags that the reference gives to one that is written as a text only. */
    public static AddedToken special(String content) {
        return new AddedToken(content, true, false, false, false, false);
    }
}
