package io.github.cloze4j.finetune;

/**
 * How many texts of a file are too long for a model.
 *
 * @param texts texts in all
 * @param cut texts that lost their end
 * @param windowed texts that are read in windows
 */
public record LongTexts(int texts, int cut, int windowed) {
    /** For people, such as {@code 12 of 600 texts are cut, 3 are read in windows}; empty if no text is too long. */
    @Override
    public String toString() {
        String ofTexts = " of " + texts + " texts are ";
        if (cut > 0 && windowed > 0) {
            return cut + ofTexts + "cut, " + windowed + " are read in windows";
        }
        if (cut > 0) {
            return cut + ofTexts + "cut";
        }
        return windowed > 0 ? windowed + ofTexts + "read in windows" : "";
    }
}
