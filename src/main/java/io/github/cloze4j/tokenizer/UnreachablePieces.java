package io.github.cloze4j.tokenizer;

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

    /** The share of the pieces that normalization changes, so that no text is cut into them. */
    static double share(BertTokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        long changed = vocabulary.pieces().keySet().stream()
                .filter(piece -> !vocabulary.isSpecial(vocabulary.id(piece)))
                .filter(piece -> !tokenizer.normalized(piece).strip().equals(piece))
                .count();
        return (double) changed / vocabulary.size();
    }
}
