package io.github.cloze4j.tokenizer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds added tokens in a text: from the left, the longest of those that begin at one place, as {@code AddedVocabulary} of
 * the library {@code tokenizers}. Immutable and thread-safe.
 */
final class AddedTokenMatcher {
    private final CharacterTable characters = CharacterTable.instance();
    private final Node root = new Node();
    /** The code points that a token begins with: most characters of a text begin none. */
    private final BitSet firsts = new BitSet();

    /**
     * Makes the matcher of some tokens.
     *
     * @param patterns for each token the text to look for; of equal ones the first counts
     * @throws IllegalArgumentException if a text is empty
     */
    AddedTokenMatcher(List<AddedToken> tokens, List<String> patterns) {
        for (int i = 0; i < tokens.size(); i++) {
            Node node = root;
            if (patterns.get(i).isEmpty()) {
                throw new IllegalArgumentException(
                        "Expected added tokens of which something remains when they are normalized." + " Received: \""
                                + tokens.get(i).content() + "\". Remove the token, or mark it as not normalized.");
            }
            int[] codePoints = patterns.get(i).codePoints().toArray();
            firsts.set(codePoints[0]);
            for (int codePoint : codePoints) {
                node = node.next.computeIfAbsent(codePoint, c -> new Node());
            }
            if (node.token == null) {
                node.token = tokens.get(i);
            }
        }
    }

    private static final class Node {
        private final Map<Integer, Node> next = new HashMap<>();
        private @Nullable AddedToken token;
    }

    /** Receives the parts of a text from the left to the right; {@code token} is null for text between tokens. */
    @FunctionalInterface
    interface PartConsumer {
        void accept(@Nullable AddedToken token, int from, int to);
    }

    /**
     * Cuts a text into tokens and what is between them.
     *
     * @param ignored the added tokens that count as text; like those that are not single words, they still hide what they
     *     overlap
     */
    void split(AlignedText text, List<AddedToken> ignored, PartConsumer parts) {
        int done = 0;
        int at = 0;
        while (at < text.length()) {
            AddedToken token = null;
            int end = at;
            Node node = firsts.get(text.codePoint(at)) ? root : null;
            for (int i = at; node != null; i++) {
                node = i < text.length() ? node.next.get(text.codePoint(i)) : null;
                if (node != null && node.token != null) {
                    token = node.token;
                    end = i + 1;
                }
            }
            if (token == null) {
                at++;
                continue;
            }
            if (!ignored.contains(token) && !(token.singleWord() && touchesWord(text, at, end))) {
                int start = token.lstrip() ? Math.max(spaceBefore(text, at), done) : at;
                int stop = token.rstrip() ? spaceAfter(text, end) : end;
                if (done < start) {
                    parts.accept(null, done, start);
                }
                // White space that is a token itself may have gone to the token before it.
                if (start < stop) {
                    parts.accept(token, start, stop);
                    done = stop;
                }
            }
            at = end;
        }
        if (done < text.length()) {
            parts.accept(null, done, text.length());
        }
    }

    private boolean touchesWord(AlignedText text, int from, int to) {
        return (from > 0 && characters.has(text.codePoint(from - 1), CharacterTable.WORD))
                || (to < text.length() && characters.has(text.codePoint(to), CharacterTable.WORD));
    }

    private int spaceBefore(AlignedText text, int from) {
        int start = from;
        while (start > 0 && characters.has(text.codePoint(start - 1), CharacterTable.SPACE)) {
            start--;
        }
        return start;
    }

    private int spaceAfter(AlignedText text, int to) {
        int stop = to;
        while (stop < text.length() && characters.has(text.codePoint(stop), CharacterTable.SPACE)) {
            stop++;
        }
        return stop;
    }
}
