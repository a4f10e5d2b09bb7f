package io.github.cloze4j.model;

import java.util.Arrays;

/** A text that grows: its prompt and the tokens that came later. */
final class GrowingText {
    private final Prompt prompt;
    private int[] ids;
    private int length;

    GrowingText(Prompt prompt) {
        this(prompt, prompt.ids(), prompt.length());
    }

    private GrowingText(Prompt prompt, int[] ids, int length) {
        this.prompt = prompt;
        this.ids = ids;
        this.length = length;
    }

    /** A text with the same tokens, which grows by itself. */
    GrowingText copy() {
        return new GrowingText(prompt, ids.clone(), length);
    }

    void append(int id) {
        if (length == ids.length) {
            ids = Arrays.copyOf(ids, 2 * length);
        }
        ids[length] = id;
        length++;
    }

    Prompt prompt() {
        return prompt;
    }

    int length() {
        return length;
    }

    int id(int position) {
        return ids[position];
    }

    /** Tokens at the beginning that are the same in both, of texts of equal prompts; else 0. */
    int common(GrowingText other) {
        if (!prompt.equals(other.prompt)) {
            return 0;
        }
        int mismatch = Arrays.mismatch(ids, 0, length, other.ids, 0, other.length);
        return mismatch < 0 ? length : mismatch;
    }
}
