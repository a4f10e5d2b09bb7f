package io.github.cloze4j.tokenizer;

import java.util.Arrays;
import java.util.BitSet;
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
    private final TextPipeline pipeline;
    private final CharacterTable characters = CharacterTable.instance();
    private final BasicTokenizer words;
    private final WordPieceTokenizer wordPieces;
    /** Of the added tokens that are looked for in the text as it was written. */
    private final AddedTokenMatcher writtenTokens;
    /** Of the added tokens that are looked for in the normalized text. */
    private final AddedTokenMatcher normalizedTokens;
    /** The five special tokens, which a corpus does not mean where it has them. */
    private final List<AddedToken> roles;

    private final boolean hasFurtherTokens;
    /** Whether {@link BasicTokenizer}, which is much faster, makes the same words of text without further tokens. */
    private final boolean isPlain;
    /** The code points that further tokens begin with. */
    private final BitSet marks = new BitSet();

    /** The tokenizer of a vocabulary; building it takes milliseconds, so keep it. */
    public BertTokenizer(Vocabulary vocabulary, TokenizerConfig config) {
        this(vocabulary, config, TextPipeline.of(config));
    }

    /** The tokenizer of a vocabulary that makes words of text as the pipeline says. */
    public BertTokenizer(Vocabulary vocabulary, TextPipeline pipeline) {
        this(vocabulary, pipeline.config(), pipeline);
    }

    /** @param config the settings nearest to the pipeline */
    private BertTokenizer(Vocabulary vocabulary, TokenizerConfig config, TextPipeline pipeline) {
        this.vocabulary = vocabulary;
        this.config = config;
        this.pipeline = pipeline;
        words = new BasicTokenizer(config);
        wordPieces = new WordPieceTokenizer(vocabulary, pipeline);
        List<AddedToken> added = vocabulary.addedTokens();
        List<AddedToken> written =
                added.stream().filter(token -> !token.normalized()).toList();
        writtenTokens = new AddedTokenMatcher(
                written, written.stream().map(AddedToken::content).toList());
        List<AddedToken> normalized =
                added.stream().filter(AddedToken::normalized).toList();
        normalizedTokens = new AddedTokenMatcher(
                normalized,
                normalized.stream().map(token -> normalized(token.content())).toList());
        List<String> names = vocabulary.specialTokens().all();
        roles = added.stream().filter(token -> names.contains(token.content())).toList();
        hasFurtherTokens = added.size() > roles.size();
        isPlain = pipeline.isBert() && roles.containsAll(normalized);
        written.stream()
                .filter(token -> !roles.contains(token))
                .forEach(token -> marks.set(token.content().codePointAt(0)));
    }

    /**
     * This tokenizer with another vocabulary.
     *
     * @throws IllegalArgumentException if nothing of an added token remains when it is normalized
     */
    public BertTokenizer withVocabulary(Vocabulary other) {
        return new BertTokenizer(other, config, pipeline);
    }

    /**
     * This tokenizer for text in lower case: itself if it lower-cases, else one that lower-cases before its other steps, as
     * {@code do_lower_case} of sentence-transformers.
     */
    public BertTokenizer lowerCasing() {
        if (pipeline.stages().contains(TextPipeline.Stage.LOWER_CASE)) {
            return this;
        }
        TextPipeline lowerCasing = pipeline.lowerCasing();
        return new BertTokenizer(vocabulary, lowerCasing);
    }

    /** The text as the normalizer leaves it. */
    public String normalized(String text) {
        AlignedText normalized = new AlignedText(text);
        normalized.normalize(pipeline);
        return normalized.text();
    }

    /** The vocabulary that gives the ids. */
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The settings; of a tokenizer that does more or less than they tell, those that are nearest to it. */
    public TokenizerConfig config() {
        return config;
    }

    /** How text becomes words. */
    public TextPipeline pipeline() {
        return pipeline;
    }

    /**
     * The settings that {@link #config} and the vocabulary's text do not tell: further added tokens, and how this tokenizer
     * makes words of text if that is not BERT's own way. Empty if there are none.
     */
    public String furtherSettings() {
        return (hasFurtherTokens ? vocabulary.addedTokens().toString() : "")
                + (pipeline.isBert() ? "" : pipeline.toString());
    }

    /**
     * The tokens of a text, without offsets: the fast way, for corpora. The five special tokens are not recognised in the
     * text and none is added; further added tokens are recognised.
     */
    public int[] ids(String text) {
        if (!isPlain || mayHoldFurtherTokens(text)) {
            return spans(text, false).ids();
        }
        IdBuffer ids = new IdBuffer(text.length() / UNITS_A_TOKEN + FIRST_IDS);
        words.forEachWord(text, (units, from, to) -> wordPieces.addPieces(units, from, to, ids));
        return ids.toArray();
    }

    private boolean mayHoldFurtherTokens(String text) {
        if (!marks.isEmpty()) {
            for (int i = 0; i < text.length(); i++) {
                if (marks.get(text.codePointAt(i))) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * A text with offsets.
     *
     * @throws IllegalArgumentException if the special tokens alone are more than the maximum length
     */
    public Encoding encode(String text, EncodeOptions options) {
        return encode(spans(text, options.specialTokensInText()), null, options);
    }

    /**
     * A pair of texts with offsets, each into its own text.
     *
     * @throws IllegalArgumentException if the special tokens alone are more than the maximum length
     */
    public Encoding encode(String first, String second, EncodeOptions options) {
        return encode(
                spans(first, options.specialTokensInText()), spans(second, options.specialTokensInText()), options);
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

    private TokenSpans spans(String text, boolean specialTokensInText) {
        TokenSpans spans = new TokenSpans(text.length() / UNITS_A_TOKEN + FIRST_IDS);
        List<AddedToken> ignored = specialTokensInText ? List.of() : roles;
        AlignedText written = new AlignedText(text);
        writtenTokens.split(written, ignored, (token, from, to) -> {
            if (token == null) {
                addNormalized(written.slice(from, to), ignored, spans);
            } else {
                addToken(token, written, from, to, spans);
            }
        });
        return spans;
    }

    /** A part of the text, which is normalized by itself. */
    private void addNormalized(AlignedText part, List<AddedToken> ignored, TokenSpans spans) {
        part.normalize(pipeline);
        normalizedTokens.split(part, ignored, (token, from, to) -> {
            if (token == null) {
                addWords(part, from, to, spans);
            } else {
                addToken(token, part, from, to, spans);
            }
        });
    }

    private void addToken(AddedToken token, AlignedText text, int from, int to, TokenSpans spans) {
        spans.add(vocabulary.id(token.content()), text.start(from), text.end(to - 1));
    }

    private void addWords(AlignedText text, int from, int to, TokenSpans spans) {
        int start = from;
        for (int i = from; i < to; i++) {
            boolean space = characters.has(text.codePoint(i), CharacterTable.SPACE);
            boolean alone =
                    pipeline.cuts().punctuation() && characters.has(text.codePoint(i), CharacterTable.PUNCTUATION);
            if (space || alone || (i > start && cutsBetweenWords(text, i))) {
                addWord(text, start, i, spans);
                start = space ? i + 1 : i;
            }
            if (alone && !space) {
                addWord(text, i, i + 1, spans);
                start = i + 1;
            }
        }
        addWord(text, start, to, spans);
    }

    private boolean cutsBetweenWords(AlignedText text, int index) {
        return pipeline.cuts().words()
                && characters.has(text.codePoint(index), CharacterTable.WORD)
                        != characters.has(text.codePoint(index - 1), CharacterTable.WORD);
    }

    private void addWord(AlignedText text, int from, int to, TokenSpans spans) {
        if (from == to) {
            return;
        }
        char[] word = text.slice(from, to).text().toCharArray();
        IdBuffer pieces = new IdBuffer(FIRST_IDS);
        IdBuffer ends = new IdBuffer(FIRST_IDS);
        wordPieces.addPieces(word, 0, word.length, pieces, ends);
        int start = from;
        int unit = 0;
        for (int i = 0; i < pieces.size(); i++) {
            int end = start + Character.codePointCount(word, unit, ends.get(i) - unit);
            spans.add(pieces.get(i), text.start(start), text.end(end - 1));
            start = end;
            unit = ends.get(i);
        }
    }
}
