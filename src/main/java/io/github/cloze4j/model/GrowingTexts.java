package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.Documents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The tokens of texts that grow, and the checks of every {@link Decoding}: a call that is refused changes nothing. */
final class GrowingTexts {
    private final BertConfig config;
    private List<Text> texts = List.of();
    private boolean closed;

    GrowingTexts(BertConfig config) {
        this.config = config;
    }

    /** A text so far. */
    private static final class Text {
        private final Prompt prompt;
        private int[] ids;
        private int length;

        Text(Prompt prompt, int[] ids, int length) {
            this.prompt = prompt;
            this.ids = ids;
            this.length = length;
        }

        Text copy() {
            return new Text(prompt, ids.clone(), length);
        }

        void append(int id) {
            if (length == ids.length) {
                ids = Arrays.copyOf(ids, 2 * length);
            }
            ids[length] = id;
            length++;
        }
    }

    void begin(List<Prompt> prompts) {
        requireOpen();
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("Expected at least 1 prompt. Received: none");
        }
        List<Text> begun = new ArrayList<>();
        for (Prompt prompt : prompts) {
            requirePositions(prompt.length());
            int[] ids = prompt.ids();
            BertConfig.requireIds("token ids", ids, config.vocabSize());
            BertConfig.requireIds("token types", prompt.typeIds(), config.typeVocabSize());
            BertConfig.requireIds("token types", new int[] {prompt.continuationType()}, config.typeVocabSize());
            begun.add(new Text(prompt, ids, ids.length));
        }
        texts = begun;
    }

    void append(int[] ids) {
        requireBegun();
        if (ids.length != texts.size()) {
            throw new IllegalArgumentException(
                    "Expected a token id for each of " + texts.size() + " texts. Received: " + ids.length);
        }
        BertConfig.requireIds("token ids", ids, config.vocabSize());
        requirePositions(longest() + 1);
        for (int i = 0; i < ids.length; i++) {
            texts.get(i).append(ids[i]);
        }
    }

    void select(int[] numbers) {
        requireBegun();
        if (numbers.length == 0) {
            throw new IllegalArgumentException("Expected at least 1 text to go on with. Received: none");
        }
        List<Text> selected = new ArrayList<>();
        for (int number : numbers) {
            if (number < 0 || number >= texts.size()) {
                throw new IllegalArgumentException(
                        "Expected numbers of texts in [0, " + texts.size() + "). Received: " + number);
            }
            selected.add(texts.get(number).copy());
        }
        texts = selected;
    }

    /** All tokens of all texts, a document each, in one row. */
    Batch batch() {
        int[] offsets = new int[texts.size() + 1];
        int[] prefixes = new int[texts.size()];
        for (int i = 0; i < texts.size(); i++) {
            offsets[i + 1] = offsets[i] + texts.get(i).length;
            prefixes[i] = texts.get(i).prompt.prefix();
        }
        int tokens = offsets[texts.size()];
        int[] ids = new int[tokens];
        int[] types = new int[tokens];
        int[] positions = new int[tokens];
        for (int i = 0; i < texts.size(); i++) {
            Text text = texts.get(i);
            int first = offsets[i];
            System.arraycopy(text.ids, 0, ids, first, text.length);
            System.arraycopy(text.prompt.typeIds(), 0, types, first, text.prompt.length());
            Arrays.fill(types, first + text.prompt.length(), offsets[i + 1], text.prompt.continuationType());
            for (int token = first; token < offsets[i + 1]; token++) {
                positions[token] = token - first;
            }
        }
        return new Batch(1, tokens, ids, types, positions, new Documents(offsets, prefixes), tokens, List.of());
    }

    /** The last token of each text, as an index into the tokens of {@link #batch}. */
    int[] lastRows() {
        int[] rows = new int[texts.size()];
        int end = 0;
        for (int i = 0; i < rows.length; i++) {
            end += texts.get(i).length;
            rows[i] = end - 1;
        }
        return rows;
    }

    private int longest() {
        return texts.stream().mapToInt(text -> text.length).max().orElse(0);
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

    /** Later calls are refused. */
    void close() {
        closed = true;
        texts = List.of();
    }
}
