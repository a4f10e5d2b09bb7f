package io.github.cloze4j.tokenizer;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.BoundedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The tokens of a model, numbered from 0. Immutable and thread-safe. The file format is BERT's {@code vocab.txt}: UTF-8,
 * one token a line, the line's number from 0 is the id.
 */
public final class Vocabulary {
    /** What BERT's vocabularies hold, at ids of their own choice. */
    public static final List<String> SPECIAL_TOKENS = SpecialTokenNames.BERT.all();

    /** Dozens of times the largest of BERT; a foreign file must not fill the memory. */
    private static final int MAXIMUM_BYTES = 1 << 26;

    private final String[] tokens;
    private final Map<String, Integer> ids;
    private final SpecialTokenNames specialTokens;
    private final int padId;
    private final int unkId;
    private final int clsId;
    private final int sepId;
    private final int maskId;

    private Vocabulary(String[] tokens, Map<String, Integer> ids, SpecialTokenNames specialTokens) {
        this.tokens = tokens;
        this.ids = ids;
        this.specialTokens = specialTokens;
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

    /** The same with special tokens of other names. */
    public static Vocabulary of(List<String> tokens, SpecialTokenNames specialTokens) {
        return create(tokens.toArray(String[]::new), specialTokens, IllegalArgumentException::new);
    }

    /**
     * Reads a {@code vocab.txt}; lines may end in LF or CR LF.
     *
     * @throws CorpusException if the file cannot be read, is empty, not UTF-8 or over 64 MiB, or its tokens are such as
     *     {@link #of} refuses
     */
    public static Vocabulary read(Path vocabTxt) {
        return read(vocabTxt, SpecialTokenNames.BERT);
    }

    /** The same with special tokens of other names. */
    public static Vocabulary read(Path vocabTxt, SpecialTokenNames specialTokens) {
        String text;
        try {
            text = BoundedFiles.readText(vocabTxt, MAXIMUM_BYTES);
        } catch (IOException e) {
            throw new CorpusException(
                    vocabTxt + ": Expected a vocabulary, one token a line, in UTF-8, of at most " + MAXIMUM_BYTES
                            + " bytes. Received: " + BoundedFiles.describe(e)
                            + ". Check the path, or make a vocabulary with train-vocab.",
                    e);
        }
        return create(
                lines(text),
                specialTokens,
                problem -> new CorpusException(problem + " Look at " + vocabTxt + ", or make it with train-vocab."));
    }

    /** Lines end in LF only: other line breaks may be part of a token. A CR before it belongs to the line's end. */
    private static String[] lines(String text) {
        if (text.isEmpty()) {
            return new String[0];
        }
        List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int lineFeed = text.indexOf('\n', start);
            int end = lineFeed < 0 ? text.length() : lineFeed;
            int stop = end > start && text.charAt(end - 1) == '\r' ? end - 1 : end;
            lines.add(text.substring(start, stop));
            start = end + 1;
        }
        return lines.toArray(String[]::new);
    }

    private static Vocabulary create(
            String[] tokens, SpecialTokenNames specialTokens, Function<String, ? extends RuntimeException> failure) {
        Map<String, Integer> ids = new HashMap<>(2 * tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            String token = tokens[id];
            if (token.isEmpty() || token.indexOf('\n') >= 0 || token.indexOf('\r') >= 0) {
                throw failure.apply("Expected tokens without line breaks, none empty. Received: \""
                        + token.replace("\n", "\\n").replace("\r", "\\r") + "\" as token " + id + ".");
            }
            Integer earlier = ids.put(token, id);
            if (earlier != null) {
                throw failure.apply("Expected every token once. Received: \"" + token + "\" as tokens " + earlier
                        + " and " + id + ".");
            }
        }
        List<String> missing = specialTokens.all().stream()
                .filter(token -> !ids.containsKey(token))
                .toList();
        if (!missing.isEmpty()) {
            throw failure.apply("Expected the special tokens " + String.join(" ", specialTokens.all()) + ". Received: "
                    + tokens.length + " tokens without " + String.join(" ", missing) + ".");
        }
        return new Vocabulary(tokens, ids, specialTokens);
    }

    /** What {@link #read} reads: one token a line, each ended by LF. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        for (String token : tokens) {
            text.append(token).append('\n');
        }
        return text.toString();
    }

    /** The number of tokens; ids are below it. */
    public int size() {
        return tokens.length;
    }

    /**
     * The token of an id.
     *
     * @throws IllegalArgumentException if the id is not in [0, size)
     */
    public String token(int id) {
        if (id < 0 || id >= tokens.length) {
            throw new IllegalArgumentException("Expected a token id in [0, " + tokens.length + "). Received: " + id
                    + ". Use the vocabulary that made the ids.");
        }
        return tokens[id];
    }

    /** The id of a token; -1 if it is not in the vocabulary. */
    public int id(String token) {
        return ids.getOrDefault(token, -1);
    }

    /** How this vocabulary spells its special tokens. */
    public SpecialTokenNames specialTokens() {
        return specialTokens;
    }

    /** Whether the id is that of one of the {@link #specialTokens}. */
    public boolean isSpecial(int id) {
        return id == padId || id == unkId || id == clsId || id == sepId || id == maskId;
    }

    /** Of {@code [PAD]}, or what has its place. */
    public int padId() {
        return padId;
    }

    /** Of {@code [UNK]}, or what has its place. */
    public int unkId() {
        return unkId;
    }

    /** Of {@code [CLS]}, or what has its place. */
    public int clsId() {
        return clsId;
    }

    /** Of {@code [SEP]}, or what has its place. */
    public int sepId() {
        return sepId;
    }

    /** Of {@code [MASK]}, or what has its place. */
    public int maskId() {
        return maskId;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Vocabulary vocabulary
                && Arrays.equals(tokens, vocabulary.tokens)
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
