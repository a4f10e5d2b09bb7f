package io.github.cloze4j.tokenizer;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BERT's tokenizer, cased or uncased. Ids and offsets equal those of Hugging Face's {@code BertTokenizerFast} (the Rust
 * tokenizer). Immutable and thread-safe.
 *
 * <p>Characters are code points. A lone surrogate, which is none, is dropped like U+FFFD and control characters are.
 */
public final class BertTokenizer {
    /** English text has about one token for every four characters. */
    private static final int UNITS_A_TOKEN = 4;

    private static final int FIRST_IDS = 16;

    private final Vocabulary vocabulary;
    private final TokenizerConfig config;
    private final CharacterTable characters = CharacterTable.instance();
    private final BasicTokenizer words;
    private final WordPieceTokenizer wordPieces;
    /** The longest first: of two that begin at one place it is the one that counts. */
    private final List<String> specialTokens;

    /** The tokenizer of a vocabulary; building it takes milliseconds, so keep it. */
    public BertTokenizer(Vocabulary vocabulary, TokenizerConfig config) {
        this.vocabulary = vocabulary;
        this.config = config;
        words = new BasicTokenizer(config);
        wordPieces = new WordPieceTokenizer(vocabulary);
        specialTokens = vocabulary.specialTokens().all().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** What it was made with. */
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** What it was made with. */
    public TokenizerConfig config() {
        return config;
    }

    /** The tokens of a text, none added and no special token recognised in the text: the fast way, for corpora. */
    public int[] ids(String text) {
        IdBuffer ids = new IdBuffer(text.length() / UNITS_A_TOKEN + FIRST_IDS);
        words.forEachWord(text, (units, from, to) -> wordPieces.addPieces(units, from, to, ids));
        return ids.toArray();
    }

    /**
     * A text with offsets.
     *
     * @throws IllegalArgumentException if the special tokens alone are more than the maximum length
     */
    public Encoding encode(String text, EncodeOptions options) {
        return encode(spans(text, options), null, options);
    }

    /**
     * A pair of texts with offsets, each into its own text.
     *
     * @throws IllegalArgumentException if the special tokens alone are more than the maximum length
     */
    public Encoding encode(String first, String second, EncodeOptions options) {
        return encode(spans(first, options), spans(second, options), options);
    }

    private Encoding encode(TokenSpans first, @Nullable TokenSpans second, EncodeOptions options) {
        List<TokenSpans> parts = second == null ? List.of(first) : List.of(first, second);
        int added = options.addSpecialTokens() ? parts.size() + 1 : 0;
        if (options.maxLength() < added) {
            throw new IllegalArgumentException("Expected a maximum length of at least " + added
                    + ", the special tokens that are added. Received: " + options.maxLength());
        }
        TokenSpans.truncate(first, second, options.maxLength() - added);
        return TokenSpans.join(parts, vocabulary, options.addSpecialTokens());
    }

    /**
     * The text of ids, as near as tokens tell: special tokens are left out, {@code ##} pieces are joined to what stands
     * before them, spaces before punctuation and in English contractions go. As Hugging Face's WordPiece decoder with
     * {@code skip_special_tokens}.
     *
     * @throws IllegalArgumentException if an id is not in the vocabulary
     */
    public String decode(int[] ids) {
        return WordPieceDecoder.decode(Arrays.stream(ids)
                .filter(id -> !vocabulary.isSpecial(id))
                .mapToObj(vocabulary::token)
                .toList());
    }

    private TokenSpans spans(String text, EncodeOptions options) {
        TokenSpans spans = new TokenSpans(text.length() / UNITS_A_TOKEN + FIRST_IDS);
        int start = 0;
        int i = 0;
        while (options.specialTokensInText() && i < text.length()) {
            String special = specialTokenAt(text, i);
            if (special == null) {
                i++;
            } else {
                addWords(text, start, i, spans);
                start = i + special.length();
                spans.add(vocabulary.id(special), i, start);
                i = start;
            }
        }
        addWords(text, start, text.length(), spans);
        return spans;
    }

    private @Nullable String specialTokenAt(String text, int index) {
        for (String token : specialTokens) {
            if (text.startsWith(token, index)) {
                return token;
            }
        }
        return null;
    }

    /** The words of {@code text[from .. to)}, which is normalized by itself. */
    private void addWords(String text, int from, int to, TokenSpans spans) {
        AlignedText normalized = new AlignedText(text.substring(from, to));
        normalized.normalize(config);
        int start = 0;
        for (int i = 0; i < normalized.length(); i++) {
            boolean space = characters.has(normalized.codePoint(i), CharacterTable.WHITESPACE);
            if (space || characters.has(normalized.codePoint(i), CharacterTable.PUNCTUATION)) {
                addWord(normalized, start, i, from, spans);
                start = space ? i + 1 : i;
                if (!space) {
                    addWord(normalized, start, i + 1, from, spans);
                    start = i + 1;
                }
            }
        }
        addWord(normalized, start, normalized.length(), from, spans);
    }

    private void addWord(AlignedText text, int from, int to, int shift, TokenSpans spans) {
        if (from == to) {
            return;
        }
        StringBuilder word = new StringBuilder();
        for (int i = from; i < to; i++) {
            word.appendCodePoint(text.codePoint(i));
        }
        IdBuffer pieces = new IdBuffer(FIRST_IDS);
        wordPieces.addPieces(word.toString().toCharArray(), 0, word.length(), pieces);
        int start = from;
        for (int i = 0; i < pieces.size(); i++) {
            int id = pieces.get(i);
            int end = id == vocabulary.unkId() ? to : start + pieceLength(id, i > 0);
            spans.add(id, shift + text.start(start), shift + text.end(end - 1));
            start = end;
        }
    }

    /** Code points of the word that a piece covers. */
    private int pieceLength(int id, boolean continuation) {
        String token = vocabulary.token(id);
        int prefix = continuation ? PieceTrie.CONTINUATION_PREFIX.length() : 0;
        return token.codePointCount(prefix, token.length());
    }
}
