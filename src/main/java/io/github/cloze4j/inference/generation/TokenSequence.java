package io.github.cloze4j.inference.generation;

import java.util.Arrays;

/**
 * A text that is being generated, as the logits processors see it. Immutable; the arrays are not copied.
 *
 * @param ids the tokens of the prompt that processors look at, and after them the generated tokens
 * @param promptLength the number of ids that belong to the prompt
 */
record TokenSequence(int[] ids, int promptLength) {
    /** A sequence without generated tokens. */
    static TokenSequence of(int... prompt) {
        return new TokenSequence(prompt, prompt.length);
    }

    /** This sequence with one more generated token. */
    TokenSequence with(int id) {
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = id;
        return new TokenSequence(longer, promptLength);
    }

    /** The number of generated tokens. */
    int generatedLength() {
        return ids.length - promptLength;
    }

    /** The generated tokens. */
    int[] generated() {
        return Arrays.copyOfRange(ids, promptLength, ids.length);
    }

    /** Whether the tokens end with the first {@code length} tokens of {@code others}. */
    boolean endsWith(int[] others, int length) {
        int first = ids.length - length;
        return first >= 0 && Arrays.equals(ids, first, ids.length, others, 0, length);
    }
}
