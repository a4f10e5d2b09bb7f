package io.github.cloze4j.tokenizer.files;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Vocabulary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of a vocabulary that was made for other settings than the tokenizer has: many of its tokens then never occur. */
final class UnreachablePieces {
    private static final Logger LOG = LoggerFactory.getLogger(UnreachablePieces.class);

    /** Of the vocabularies that were published for lower case less than one token in a hundred changes. */
    private static final double SHARE = 0.05;

    private UnreachablePieces() {}

    /** @param source the file or directory that the message names */
    static void warn(BertTokenizer tokenizer, Object source) {
        double share = share(tokenizer);
        if (share > SHARE) {
            LOG.warn(
                    "{}: {} % of the tokens can never occur, because text loses their upper case or accents first."
                            + " A cased vocabulary needs do_lower_case false",
                    source, Math.round(100 * share));
        }
    }

    /**
     * The share of the pieces whose letters normalization changes, so that no text is cut into them. Blanks around an ideograph
     * do not count: vocabularies made for Chinese text have a piece such as {@code ##中} for each of them.
     */
    static double share(BertTokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        long changed = vocabulary.pieces().keySet().stream()
                .filter(piece -> !vocabulary.isSpecial(vocabulary.id(piece)))
                .filter(piece -> !withoutBlanks(tokenizer.normalized(piece)).equals(withoutBlanks(piece)))
                .count();
        return (double) changed / vocabulary.size();
    }

    private static String withoutBlanks(String text) {
        return text.replace(" ", "");
    }
}
