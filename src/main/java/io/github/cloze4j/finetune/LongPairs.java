package io.github.cloze4j.finetune;

/**
 * How many texts with two marked spans are too long for a model.
 *
 * @param texts texts in all
 * @param cut texts that lost their beginning or their end; both spans are whole
 * @param unfit texts that are left out, because the spans and what is between them have too many tokens
 */
public record LongPairs(int texts, int cut, int unfit) {
    /** For people, such as {@code 12 of 600 texts are cut around their spans, 3 do not fit}; empty if no text is too long. */
    @Override
    public String toString() {
        String ofTexts = " of " + texts + " texts ";
        if (cut > 0 && unfit > 0) {
            return cut + ofTexts + "are cut around their spans, " + unfit + " do not fit";
        }
        if (cut > 0) {
            return cut + ofTexts + "are cut around their spans";
        }
        return unfit > 0 ? unfit + ofTexts + "do not fit" : "";
    }
}
