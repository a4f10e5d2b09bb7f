package io.github.cloze4j.tokenizer;

import java.util.Arrays;

/**
 * Text to normalized words in one pass: clean, set CJK ideographs apart, strip accents, lower-case, split at white space
 * and punctuation. As Hugging Face's {@code BertNormalizer} and {@code BertPreTokenizer}, after Google's {@code
 * BasicTokenizer}, without offsets ({@link AlignedText} has them). Immutable and thread-safe.
 *
 * <p>The reference runs one stage after the other over the whole text. All stages treat a character without its
 * neighbours, but for canonical ordering, so here each character goes through all stages at once: through one look-up for
 * most, which is what makes it fast.
 */
public final class BasicTokenizer {
    // What a table holds for a character: the code point that it becomes, or one of these.
    private static final int DROP = -1;
    private static final int SPACE = -2;
    private static final int PUNCTUATION = -3;
    private static final int STAGES = -4;

    private static final int FIRST_WORD_LENGTH = 64;

    private final TokenizerConfig config;
    private final boolean stripAccents;
    private final CharacterTable characters = CharacterTable.instance();
    /** By UTF-16 unit. Characters beyond the basic plane, all surrogates here, go through the stages. */
    private final int[] actions = new int[Character.MIN_SUPPLEMENTARY_CODE_POINT];

    public BasicTokenizer(TokenizerConfig config) {
        this.config = config;
        stripAccents = config.stripsAccents();
        for (int c = 0; c < actions.length; c++) {
            actions[c] = action(c);
        }
    }

    /** Receives words, each never empty and normalized, in the text's order. */
    @FunctionalInterface
    public interface WordConsumer {
        /**
         * Takes the word {@code units[from .. to)}, in UTF-16. The array is reused: it must neither be changed nor kept.
         */
        void accept(char[] units, int from, int to);
    }

    /** Hands each word of the text to the consumer. Lone surrogates are dropped, as U+FFFD is. */
    public void forEachWord(String text, WordConsumer consumer) {
        new Pass(consumer).run(text);
    }

    private int action(int c) {
        if (Character.isSurrogate((char) c)) {
            return STAGES;
        }
        if (characters.has(c, CharacterTable.REMOVED)) {
            return DROP;
        }
        if (characters.has(c, CharacterTable.WHITESPACE)) {
            return SPACE;
        }
        if (config.tokenizeChineseChars() && characters.has(c, CharacterTable.IDEOGRAPH)) {
            return STAGES;
        }
        int kept = stripAccents ? withoutAccents(c) : c;
        if (kept >= 0 && config.doLowerCase() && characters.has(kept, CharacterTable.HAS_LOWER)) {
            int[] lower = characters.lower(kept);
            kept = lower.length == 1 && lower[0] < actions.length ? lower[0] : STAGES;
        }
        if (kept >= 0 && characters.has(kept, CharacterTable.PUNCTUATION)) {
            return kept == c ? PUNCTUATION : STAGES;
        }
        return kept;
    }

    /** The one character that remains, if it is one and canonical ordering has nothing to do with it. */
    private int withoutAccents(int c) {
        int kept = DROP;
        int[] parts = characters.has(c, CharacterTable.DECOMPOSES) ? characters.decomposed(c) : new int[] {c};
        for (int part : parts) {
            boolean combining = characters.has(part, CharacterTable.COMBINING);
            if (characters.has(part, CharacterTable.NONSPACING) && combining) {
                continue;
            }
            if (combining || characters.has(part, CharacterTable.NONSPACING) || kept != DROP) {
                return STAGES;
            }
            kept = part < actions.length ? part : STAGES;
        }
        return kept;
    }

    /** One text: the word so far and where it goes. */
    private final class Pass {
        private final WordConsumer consumer;
        private char[] word = new char[FIRST_WORD_LENGTH];
        private int length;
        /** Canonical ordering moves no character to before here. */
        private int orderedTo;

        Pass(WordConsumer consumer) {
            this.consumer = consumer;
        }

        void run(String text) {
            int end = text.length();
            for (int i = 0; i < end; i++) {
                char c = text.charAt(i);
                int action = actions[c];
                if (action >= 0) {
                    append((char) action);
                } else if (action == SPACE) {
                    endWord();
                } else if (action == PUNCTUATION) {
                    wordOfItsOwn(c);
                } else if (action == STAGES) {
                    int codePoint = text.codePointAt(i);
                    i += Character.charCount(codePoint) - 1;
                    throughStages(codePoint);
                }
            }
            endWord();
        }

        private void append(char c) {
            if (length == word.length) {
                word = Arrays.copyOf(word, 2 * length);
            }
            word[length++] = c;
        }

        private void endWord() {
            if (length > 0) {
                consumer.accept(word, 0, length);
                length = 0;
            }
            orderedTo = 0;
        }

        private void wordOfItsOwn(int codePoint) {
            endWord();
            appendCodePoint(codePoint);
            endWord();
        }

        private void throughStages(int codePoint) {
            if (characters.has(codePoint, CharacterTable.REMOVED)) {
                return;
            }
            boolean apart = config.tokenizeChineseChars() && characters.has(codePoint, CharacterTable.IDEOGRAPH);
            if (apart) {
                endWord();
            }
            if (stripAccents && characters.has(codePoint, CharacterTable.DECOMPOSES)) {
                for (int part : characters.decomposed(codePoint)) {
                    stripAndLower(part);
                }
            } else {
                stripAndLower(codePoint);
            }
            if (apart) {
                endWord();
            }
        }

        private void stripAndLower(int codePoint) {
            if (stripAccents && characters.has(codePoint, CharacterTable.NONSPACING)) {
                if (!characters.has(codePoint, CharacterTable.COMBINING)) {
                    orderedTo = length;
                }
            } else if (config.doLowerCase() && characters.has(codePoint, CharacterTable.HAS_LOWER)) {
                for (int lower : characters.lower(codePoint)) {
                    split(lower);
                }
            } else {
                split(codePoint);
            }
        }

        private void split(int codePoint) {
            if (characters.has(codePoint, CharacterTable.WHITESPACE)) {
                endWord();
            } else if (characters.has(codePoint, CharacterTable.PUNCTUATION)) {
                wordOfItsOwn(codePoint);
            } else if (stripAccents && characters.has(codePoint, CharacterTable.COMBINING)) {
                insertInCanonicalOrder(codePoint);
            } else {
                appendCodePoint(codePoint);
            }
        }

        /** A combining character that is kept, which is rare, goes before those of a higher class. */
        private void insertInCanonicalOrder(int codePoint) {
            int combiningClass = characters.combiningClass(codePoint);
            int at = length;
            while (at > orderedTo && characters.combiningClass(Character.codePointBefore(word, at)) > combiningClass) {
                at -= Character.charCount(Character.codePointBefore(word, at));
            }
            int units = Character.charCount(codePoint);
            appendCodePoint(codePoint);
            System.arraycopy(word, at, word, at + units, length - units - at);
            Character.toChars(codePoint, word, at);
        }

        private void appendCodePoint(int codePoint) {
            if (codePoint < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
                append((char) codePoint);
            } else {
                append(Character.highSurrogate(codePoint));
                append(Character.lowSurrogate(codePoint));
            }
        }
    }
}
