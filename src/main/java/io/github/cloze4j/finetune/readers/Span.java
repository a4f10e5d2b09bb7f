package io.github.cloze4j.finetune.readers;

/**
 * A part of a text.
 *
 * @param start the index of the first {@code char}
 * @param end the index after the last {@code char}, above {@code start}
 */
public record Span(int start, int end) {
    /** Checks the order of both ends; {@link IllegalArgumentException} if the span is empty or starts before the text. */
    public Span {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException(
                    "Expected 0 <= start < end. Received: start " + start + " and end " + end + ". Correct the span");
        }
    }

    /** The characters of the span; {@link StringIndexOutOfBoundsException} if the text is shorter. */
    public String of(String text) {
        return text.substring(start, end);
    }
}
