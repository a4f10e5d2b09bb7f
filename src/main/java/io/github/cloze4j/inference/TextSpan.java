package io.github.cloze4j.inference;

/**
 * A part of a text, such as a word.
 *
 * @param start the index of its first {@code char}, at least 0
 * @param end the index after its last {@code char}, above {@code start}
 */
public record TextSpan(int start, int end) {
    /** Checks the order of both ends. */
    public TextSpan {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException(
                    "Expected 0 <= start < end. Received: start " + start + " and end " + end + ". Correct the span");
        }
    }

    /** The characters of the span. */
    public String of(String text) {
        return text.substring(start, end);
    }

    /** Whether both spans have a character in common. */
    boolean overlaps(TextSpan other) {
        return start < other.end && other.start < end;
    }

    /** Whether a position is inside the span, with a {@code char} on either side. */
    boolean holds(int position) {
        return start < position && position < end;
    }

    /** @throws IllegalArgumentException if the text is shorter */
    void requireWithin(String text) {
        if (end > text.length()) {
            throw new IllegalArgumentException("Expected a span within the text of " + text.length()
                    + " chars. Received: a span that ends at " + end + " of " + InputTexts.quote(text)
                    + ". Correct the span");
        }
    }
}
