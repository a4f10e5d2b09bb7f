package io.github.cloze4j.finetune.readers;

/** Turns offsets that count Unicode code points, as Python's do, into indices of {@code char}s. */
final class CodePointOffsets {
    private CodePointOffsets() {}

    /** The index of a code point; -1 if the text has fewer. */
    static int toIndex(String text, long codePoints) {
        // Only a text with surrogate pairs is shorter in code points than in chars.
        if (codePoints < 0 || codePoints > text.length()) {
            return -1;
        }
        try {
            return text.offsetByCodePoints(0, (int) codePoints);
        } catch (IndexOutOfBoundsException beyond) {
            return -1;
        }
    }

    /** The number of code points of a text. */
    static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
