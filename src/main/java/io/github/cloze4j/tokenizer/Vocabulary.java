package io.github.cloze4j.tokenizer;

import io.github.cloze4j.CorpusException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a model and their ids: pieces of words, and tokens added to them. Immutable and thread-safe.
 *
 * <p>The pieces stand in BERT's {@code vocab.txt}: UTF-8, one token a line, the line's number from 0 is the id. An id may
 * lack a token. The five special tokens are added tokens; further ones ({@link AddedToken}) may be pieces too or have ids of
 * their own.
 */
public final class Vocabulary {
    /** BERT's own special tokens; their ids are the vocabulary's choice. */
    public static final List<String> SPECIAL_TOKENS = SpecialTokenNames.BERT.all();

    /** The first characters of a piece that continues a word. */
    public static final String CONTINUATION_PREFIX = "##";

    private final Map<String, Integer> pieces;
    private final SpecialTokenNames specialTokens;
    /** By content, in the order in which they were added. */
    private final Map<String, AddedToken> added;
    /** Of pieces and of added tokens. */
    private final Map<String, Integer> ids;
    /** By id; null where an id has no token. */
    private final @Nullable String[] tokens;

    private final BitSet special = new BitSet();
    private final int padId;
    private final int unkId;
    private final int clsId;
    private final int sepId;
    private final int maskId;

    private Vocabulary(
            Map<String, Integer> pieces,
            SpecialTokenNames specialTokens,
            Map<String, AddedToken> added,
            Map<String, Integer> ids) {
        this.pieces = Collections.unmodifiableMap(pieces);
        this.specialTokens = specialTokens;
        this.added = added;
        this.ids = ids;
        tokens = new String[Collections.max(ids.values()) + 1];
        pieces.forEach((token, id) -> tokens[id] = token);
        added.values().forEach(token -> {
            int id = id(token.content());
            tokens[id] = token.content();
            special.set(id, special.get(id) || token.special());
        });
        padId = id(specialTokens.pad());
        unkId = id(specialTokens.unk());
        clsId = id(specialTokens.cls());
        sepId = id(specialTokens.sep());
        maskId = id(specialTokens.mask());
    }

    /**
     * The vocabulary in which a token's index is its id.
     *
     * @throws IllegalArgumentException if a token is there twice, is empty or holds a line break, or a special token is
     *     missing; the message names it
     */
    public static Vocabulary of(List<String> tokens) {
        return of(tokens, SpecialTokenNames.BERT);
    }

    /** As {@link #of(List)}, with special tokens of other names. */
    public static Vocabulary of(List<String> tokens, SpecialTokenNames specialTokens) {
        Map<String, Integer> pieces = new LinkedHashMap<>(2 * tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id);
            if (token.isEmpty() || token.indexOf('\n') >= 0 || token.indexOf('\r') >= 0) {
                throw new IllegalArgumentException("Expected tokens without line breaks, none empty. Received: \""
                        + token.replace("\n", "\\n").replace("\r", "\\r") + "\" as token " + id + ".");
            }
            Integer earlier = pieces.put(token, id);
            if (earlier != null) {
                throw new IllegalArgumentException("Expected every token once. Received: \"" + token + "\" as tokens "
                        + earlier + " and " + id + ".");
            }
        }
        return complete(pieces, specialTokens, IllegalArgumentException::new);
    }

    /**
     * Reads a {@code vocab.txt} as Hugging Face does: of a token on several lines the last line counts, an empty line is a
     * token that no text has, and white space at the end of a line does not count.
     *
     * @throws CorpusException if the file cannot be read, is not UTF-8 or over 64 MiB, or lacks a special token
     */
    public static Vocabulary read(Path vocabTxt) {
        return complete(
                VocabularyFile.read(vocabTxt, SpecialTokenNames.BERT),
                SpecialTokenNames.BERT,
                problem -> new CorpusException(
                        vocabTxt + ": " + problem + " Check the path, or make a vocabulary with train-vocab."));
    }

    private static Vocabulary complete(
            Map<String, Integer> pieces,
            SpecialTokenNames specialTokens,
            Function<String, ? extends RuntimeException> failure) {
        List<String> missing = specialTokens.all().stream()
                .filter(token -> !pieces.containsKey(token))
                .toList();
        if (!missing.isEmpty()) {
            throw failure.apply("Expected the special tokens " + String.join(" ", specialTokens.all()) + ". Received: "
                    + pieces.size() + " tokens without " + String.join(" ", missing) + ".");
        }
        return of(pieces, specialTokens, List.of());
    }

    /**
     * The vocabulary of a model's files.
     *
     * @param pieces ids by token; ids may be missing
     * @param added tokens in the order in which they are added; one that is no piece takes the next id, counted on from the
     *     number of pieces, and of two with one content the later counts. Special tokens that are missing are added last
     */
    public static Vocabulary of(Map<String, Integer> pieces, SpecialTokenNames specialTokens, List<AddedToken> added) {
        Map<String, AddedToken> byContent = new LinkedHashMap<>();
        Map<String, Integer> ids = new HashMap<>(pieces);
        int next = pieces.size();
        List<AddedToken> all = new ArrayList<>(added);
        // In the order of transformers, which decides their ids where they are no pieces.
        List<String> contents = added.stream().map(AddedToken::content).toList();
        for (String name : List.of(
                specialTokens.unk(),
                specialTokens.sep(),
                specialTokens.pad(),
                specialTokens.cls(),
                specialTokens.mask())) {
            if (!contents.contains(name)) {
                all.add(AddedToken.special(name));
            }
        }
        for (AddedToken token : all) {
            byContent.put(token.content(), token);
            // The library tokenizers counts on from the number of pieces, also where a piece has that id already.
            if (ids.putIfAbsent(token.content(), next) == null) {
                next++;
            }
        }
        return new Vocabulary(pieces, specialTokens, byContent, ids);
    }

    /**
     * This vocabulary with new pieces after all its tokens. Added tokens that are no pieces become pieces, so that they keep
     * their ids.
     *
     * @throws IllegalArgumentException if a token is there already, is empty or holds a line break
     */
    public Vocabulary append(List<String> newPieces) {
        Map<String, Integer> all = new LinkedHashMap<>(pieces);
        addedTokens().forEach(token -> all.putIfAbsent(token.content(), id(token.content())));
        int id = size();
        List<String> contents = addedTokens().stream().map(AddedToken::content).toList();
        if (contents.stream().anyMatch(content -> content.indexOf('\n') >= 0 || content.indexOf('\r') >= 0)) {
            throw new IllegalArgumentException(
                    "Expected added tokens without line breaks. Received: one with a line break."
                            + " Leave the extension out.");
        }
        for (String piece : newPieces) {
            if (piece.isEmpty() || piece.indexOf('\n') >= 0 || piece.indexOf('\r') >= 0 || all.containsKey(piece)) {
                throw new IllegalArgumentException("Expected new tokens without line breaks, none empty. Received: \""
                        + piece.replace("\n", "\\n").replace("\r", "\\r") + "\". Leave it out.");
            }
            all.put(piece, id++);
        }
        return of(all, specialTokens, List.copyOf(added.values()));
    }

    /** This vocabulary with further special tokens; those that it lacks become pieces after all its tokens, as in {@link #append}. */
    public Vocabulary appendSpecial(List<String> contents) {
        Vocabulary grown =
                append(contents.stream().filter(content -> id(content) < 0).toList());
        List<AddedToken> all = new ArrayList<>(added.values());
        contents.forEach(content -> all.add(AddedToken.special(content)));
        return of(grown.pieces, specialTokens, all);
    }

    /** The text of a {@code vocab.txt} with the pieces: one a line, each ended by LF; an id without a piece is an empty line. */
    public String toText() {
        String[] lines = new String[Collections.max(pieces.values()) + 1];
        Arrays.fill(lines, "");
        pieces.forEach((token, id) -> lines[id] = token);
        return String.join("\n", lines) + "\n";
    }

    /** The number of ids: all are below it. */
    public int size() {
        return tokens.length;
    }

    /**
     * The token of an id; empty if the id has none.
     *
     * @throws IllegalArgumentException if the id is not in [0, size)
     */
    public String token(int id) {
        if (id < 0 || id >= tokens.length) {
            throw new IllegalArgumentException("Expected a token id in [0, " + tokens.length + "). Received: " + id
                    + ". Use the vocabulary that made the ids.");
        }
        String token = tokens[id];
        return token == null ? "" : token;
    }

    /** Whether the token of an id in {@code [0, size)} continues a word. */
    public boolean continuesWord(int id) {
        return token(id).startsWith(CONTINUATION_PREFIX);
    }

    /** The id of a token; -1 if it is not in the vocabulary. */
    public int id(String token) {
        return ids.getOrDefault(token, -1);
    }

    /** The ids of the pieces that words are cut into. */
    public Map<String, Integer> pieces() {
        return pieces;
    }

    /** The tokens that are found in a text before it is cut into words, the special tokens among them; by ascending id. */
    public List<AddedToken> addedTokens() {
        return added.values().stream()
                .sorted(Comparator.comparingInt(token -> id(token.content())))
                .toList();
    }

    /** How this vocabulary spells its special tokens. */
    public SpecialTokenNames specialTokens() {
        return specialTokens;
    }

    /** Whether the id is that of one of the {@link #specialTokens} or of a token that was added as special. */
    public boolean isSpecial(int id) {
        return (id >= 0 && special.get(id)) || id == padId || id == unkId || id == clsId || id == sepId || id == maskId;
    }

    /** The id of {@code [PAD]}, or of the token in its place. */
    public int padId() {
        return padId;
    }

    /** The id of {@code [UNK]}, or of the token in its place. */
    public int unkId() {
        return unkId;
    }

    /** The id of {@code [CLS]}, or of the token in its place. */
    public int clsId() {
        return clsId;
    }

    /** The id of {@code [SEP]}, or of the token in its place. */
    public int sepId() {
        return sepId;
    }

    /** The id of {@code [MASK]}, or of the token in its place. */
    public int maskId() {
        return maskId;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Vocabulary vocabulary
                && pieces.equals(vocabulary.pieces)
                && added.equals(vocabulary.added)
                && ids.equals(vocabulary.ids)
                && specialTokens.equals(vocabulary.specialTokens);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
        return "Vocabulary of " + tokens.length + " tokens";
    }
}
