package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns texts into the tokens that a tagger reads, and says which word each token is a piece of. Training and prediction both use
 * it, so that they read the same. A long text is read in windows, and each token belongs to one of them: the one in which it
 * has most context. Immutable and thread-safe.
 */
public final class WordEncoder {
    private static final EncodeOptions WORD = new EncodeOptions(Integer.MAX_VALUE, false, true);
    private static final EncodeOptions TEXT = new EncodeOptions(Integer.MAX_VALUE, true, true);

    private final BertTokenizer tokenizer;
    private final TokenLimit limit;

    /**
     * A piece of a word.
     *
     * @param row its place in the window
     * @param word the number of its word
     * @param first whether it is the word's first piece
     */
    public record Piece(int row, int word, boolean first) {}

    /**
     * A window of a text.
     *
     * @param tokens the tokens, {@code [CLS]} and {@code [SEP]} included
     * @param pieces the pieces that belong to this window, from left to right
     */
    public record Window(Encoding tokens, List<Piece> pieces) {
        /** Copies the list. */
        public Window {
            pieces = List.copyOf(pieces);
        }
    }

    /**
     * The words of a text and its windows.
     *
     * @param words the places of the words, from left to right
     * @param windows at least one; every piece of every word belongs to exactly one. A word has no piece if nothing of it remains
     *     when it is normalized, such as a control character
     */
    public record Words(List<TextSpan> words, List<Window> windows) {
        /** Copies the lists. */
        public Words {
            words = List.copyOf(words);
            windows = List.copyOf(windows);
        }
    }

    /**
     * Encodes with a tokenizer.
     *
     * @throws IllegalArgumentException if the limit cuts texts: words would get no tag
     */
    public WordEncoder(BertTokenizer tokenizer, TokenLimit limit) {
        if (limit.cuts()) {
            throw new IllegalArgumentException("Expected windows for long texts, so that every word gets a tag."
                    + " Received: a limit that cuts. Use TokenLimit.windows");
        }
        this.tokenizer = tokenizer;
        this.limit = limit;
    }

    /** Encodes a text whose words are those that the tokenizer makes of it: parts between white space and punctuation. */
    public Words encode(String text) {
        Encoding tokens = tokenizer.encode(text, TEXT);
        Vocabulary vocabulary = tokenizer.vocabulary();
        List<TextSpan> words = new ArrayList<>();
        int[] wordOf = new int[tokens.ids().length];
        for (int i = 1; i + 1 < wordOf.length; i++) {
            int last = words.size() - 1;
            boolean continues = last >= 0 && vocabulary.continuesWord(tokens.ids()[i]);
            if (continues) {
                words.set(last, new TextSpan(words.get(last).start(), tokens.ends()[i]));
            } else {
                words.add(new TextSpan(tokens.starts()[i], tokens.ends()[i]));
            }
            wordOf[i] = words.size() - 1;
        }
        return windows(tokens, wordOf, words);
    }

    /**
     * Encodes words, each by itself, as {@code transformers} does with {@code is_split_into_words}.
     *
     * @param text the text that has the words
     * @param words their places, from left to right
     * @throws IllegalArgumentException if a word is outside of the text or overlaps the one before
     */
    public Words encode(String text, List<TextSpan> words) {
        List<Encoding> parts = new ArrayList<>();
        int end = 0;
        for (TextSpan word : words) {
            word.requireWithin(text);
            if (word.start() < end) {
                throw new IllegalArgumentException(
                        "Expected words from left to right, without overlap. Received: a word" + " that starts at "
                                + word.start() + " after one that ends at " + end + ". Sort the words");
            }
            end = word.end();
            parts.add(tokenizer.encode(word.of(text), WORD));
        }
        int length = parts.stream().mapToInt(part -> part.ids().length).sum() + 2;
        Encoding tokens =
                new Encoding(new int[length], new int[length], new int[length], new int[length], new boolean[length]);
        int[] wordOf = new int[length];
        int at = 1;
        for (int word = 0; word < parts.size(); word++) {
            Encoding part = parts.get(word);
            for (int i = 0; i < part.ids().length; i++) {
                tokens.ids()[at] = part.ids()[i];
                tokens.starts()[at] = words.get(word).start() + part.starts()[i];
                tokens.ends()[at] = words.get(word).start() + part.ends()[i];
                wordOf[at++] = word;
            }
        }
        tokens.ids()[0] = tokenizer.vocabulary().clsId();
        tokens.ids()[at] = tokenizer.vocabulary().sepId();
        tokens.special()[0] = true;
        tokens.special()[at] = true;
        return windows(tokens, wordOf, words);
    }

    /** @param wordOf {@code [tokens]} the word of each token but {@code [CLS]} and {@code [SEP]} */
    private Words windows(Encoding tokens, int[] wordOf, List<TextSpan> words) {
        List<TokenWindow> windows = TokenWindow.of(tokens.ids().length, limit);
        int[] owners = TokenWindow.withMostContext(windows);
        List<Window> encoded = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            TokenWindow window = windows.get(i);
            List<Piece> pieces = new ArrayList<>();
            for (int token = window.from(); token < window.to(); token++) {
                if (owners[token] == i) {
                    boolean first = token == 1 || wordOf[token - 1] != wordOf[token];
                    pieces.add(new Piece(token - window.from() + 1, wordOf[token], first));
                }
            }
            encoded.add(new Window(windows.size() == 1 ? tokens : window.in(tokens), pieces));
        }
        return new Words(words, encoded);
    }
}
