package io.github.cloze4j.inference;

/**
 * A text with two marked spans, whose relation is asked for.
 *
 * @param text the text
 * @param first the span that the relation starts from; it may stand after the second one in the text
 * @param second the span that the relation leads to
 */
public record MarkedText(String text, TextSpan first, TextSpan second) {
    /** Checks that the spans are within the text and do not overlap. */
    public MarkedText {
        first.requireWithin(text);
        second.requireWithin(text);
        if (first.overlaps(second)) {
            throw new IllegalArgumentException("Expected two spans apart. Received: " + first + " and " + second
                    + ", which overlap. Correct the spans");
        }
    }
}
