package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.Documents;
import java.util.ArrayList;
import java.util.List;

/** The tokens of texts that grow, and the checks of every {@link Decoding}: a call that is refused changes nothing. */
final class GrowingTexts {
    private final BertConfig config;
    private List<GrowingText> texts = List.of();
    private boolean closed;

    GrowingTexts(BertConfig config) {
        this.config = config;
    }

    void begin(List<Prompt> prompts) {
        requireOpen();
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("Expected at least 1 prompt. Received: none");
        }
        List<GrowingText> begun = new ArrayList<>();
        for (Prompt prompt : prompts) {
            requirePositions(prompt.length());
            BertConfig.requireIds("token ids", prompt.ids(), config.vocabSize());
            BertConfig.requireIds("token types", prompt.typeIds(), config.typeVocabSize());
            BertConfig.requireIds("token types", new int[] {prompt.continuationType()}, config.typeVocabSize());
            begun.add(new GrowingText(prompt));
        }
        texts = begun;
    }

    /** Checks the next token of each text. */
    void requireNext(int[] ids) {
        requireBegun();
        if (ids.length != texts.size()) {
            throw new IllegalArgumentException(
                    "Expected a token id for each of " + texts.size() + " texts. Received: " + ids.length);
        }
        BertConfig.requireIds("token ids", ids, config.vocabSize());
        requirePositions(longest() + 1);
    }

    void append(int[] ids) {
        requireNext(ids);
        for (int i = 0; i < ids.length; i++) {
            texts.get(i).append(ids[i]);
        }
    }

    void select(int[] numbers) {
        requireBegun();
        if (numbers.length == 0) {
            throw new IllegalArgumentException("Expected at least 1 text to go on with. Received: none");
        }
        List<GrowingText> selected = new ArrayList<>();
        for (int number : numbers) {
            if (number < 0 || number >= texts.size()) {
                throw new IllegalArgumentException(
                        "Expected numbers of texts in [0, " + texts.size() + "). Received: " + number);
            }
            selected.add(texts.get(number).copy());
        }
        texts = selected;
    }

    /** The texts. */
    List<GrowingText> all() {
        return texts;
    }

    /** All tokens of all texts, a document each, in one row. */
    Batch batch() {
        int[] prefixes = texts.stream().mapToInt(text -> text.prompt().prefix()).toArray();
        return batch(new int[texts.size()], prefixes);
    }

    /** The last token of each text, a document each, in one row. */
    Batch lastTokens() {
        return batch(texts.stream().mapToInt(text -> text.length() - 1).toArray(), new int[texts.size()]);
    }

    /** The tokens of each text from a position on. */
    private Batch batch(int[] firsts, int[] prefixes) {
        int[] offsets = new int[texts.size() + 1];
        for (int i = 0; i < texts.size(); i++) {
            offsets[i + 1] = offsets[i] + texts.get(i).length() - firsts[i];
        }
        int tokens = offsets[texts.size()];
        int[] ids = new int[tokens];
        int[] types = new int[tokens];
        int[] positions = new int[tokens];
        for (int i = 0; i < texts.size(); i++) {
            GrowingText text = texts.get(i);
            int[] promptTypes = text.prompt().typeIds();
            for (int position = firsts[i]; position < text.length(); position++) {
                int token = offsets[i] + position - firsts[i];
                ids[token] = text.id(position);
                types[token] = position < promptTypes.length
                        ? promptTypes[position]
                        : text.prompt().continuationType();
                positions[token] = position;
            }
        }
        return new Batch(1, tokens, ids, types, positions, new Documents(offsets, prefixes), tokens, List.of());
    }

    /** The last token of each text, as an index into the tokens of {@link #batch}. */
    int[] lastRows() {
        int[] rows = new int[texts.size()];
        int end = 0;
        for (int i = 0; i < rows.length; i++) {
            end += texts.get(i).length();
            rows[i] = end - 1;
        }
        return rows;
    }

    /** Tokens of the longest text. */
    int longest() {
        return texts.stream().mapToInt(GrowingText::length).max().orElse(0);
    }

    private void requirePositions(int tokens) {
        if (tokens > config.maxPositionEmbeddings()) {
            throw new IllegalArgumentException("Expected texts of at most " + config.maxPositionEmbeddings()
                    + " tokens (max_position_embeddings). Received: one of " + tokens + ". End or shorten the text");
        }
    }

    void requireBegun() {
        requireOpen();
        if (texts.isEmpty()) {
            throw new IllegalStateException("Expected texts that have begun. Received: none. Call begin first");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("Expected an open decoding. Received: a closed one");
        }
    }

    /** Forgets all texts: calls are refused until new ones begin. */
    void forget() {
        texts = List.of();
    }

    /** Later calls are refused. */
    void close() {
        closed = true;
        texts = List.of();
    }
}
