package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.Head;
import io.github.cloze4j.model.InferencePass;
import io.github.cloze4j.model.ScoreReader;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model that is asked about many texts at a time: tokenizes, packs and runs, for all that is in this room.
 *
 * <p>Texts are tokenized as {@code transformers} does it: {@code [CLS]} before, {@code [SEP]} behind, and special tokens that
 * are written in the text are recognised.
 *
 * <p>Thread-safe, if {@link #pass} and {@link #rows} are used inside {@link #answer} only.
 */
final class PackedModel implements AutoCloseable {
    /** Tokens of a batch: enough to keep all cores busy; more is no faster and takes more memory. */
    private static final int BATCH_TOKENS = 2048;

    private final Bert model;
    private final BertTokenizer tokenizer;
    private final InferencePass pass;
    private final OutputRows rows;
    private final String owner;
    /** Read and written by the thread that holds the kernels. */
    private boolean closed;

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param owner the object that answers with it, for messages, such as {@code FillMask}
     * @throws IllegalArgumentException if the vocabulary is larger than the model's
     */
    PackedModel(Bert model, BertTokenizer tokenizer, String owner) {
        model.config().requireVocabulary(tokenizer.vocabulary().size());
        this.model = model;
        this.tokenizer = tokenizer;
        this.owner = owner;
        pass = model.inferencePass();
        rows = new OutputRows(model.parameters().kernels(), model.parameters().type());
    }

    /**
     * The head that scores masked words.
     *
     * @throws IllegalArgumentException if the model has none
     */
    static Head requireMaskedWords(Bert model) {
        if (model.config().isDecoder()) {
            throw new IllegalArgumentException("Expected a masked language model. Received: a model of the next word"
                    + " (is_decoder), which has not learned to fill [MASK]. Generate texts with it, or train it further on"
                    + " masked words (mlm)");
        }
        return model.requireHead(LanguageModelHead.MASKED_LOSS);
    }

    Bert model() {
        return model;
    }

    BertTokenizer tokenizer() {
        return tokenizer;
    }

    InferencePass pass() {
        return pass;
    }

    /** Hands out the scores of every word at each masked token of a batch, some tokens at a time. */
    void scores(PackedDocuments batch, ScoreReader reader) {
        scores(batch, requireMaskedWords(model), reader);
    }

    /** Hands out the scores of a head at the rows of a batch that it reads, some rows at a time. */
    void scores(PackedDocuments batch, Head head, ScoreReader reader) {
        pass.scores(batch.batch(), batch.masked(), head, reader);
    }

    /** Where outputs are read from the kernels' memory. */
    OutputRows rows() {
        return rows;
    }

    /** @throws IllegalArgumentException if the text has more tokens than the model has positions */
    Encoding encode(String text) {
        Encoding encoding = encodeWhole(text);
        int most = model.config().maxPositionEmbeddings();
        if (encoding.ids().length > most) {
            throw new IllegalArgumentException("Expected a text of at most " + most
                    + " tokens, [CLS] and [SEP] included (max_position_embeddings). Received: "
                    + encoding.ids().length + " in " + InputTexts.quote(text) + ". Shorten the text");
        }
        return encoding;
    }

    /** Whether the model has positions for all of it or not. */
    Encoding encodeWhole(String text) {
        return tokenizer.encode(text, new EncodeOptions(Integer.MAX_VALUE, true, true));
    }

    /**
     * Without the end of a text that has more tokens than are wanted or the model has positions; the last token is {@code
     * [SEP]}.
     */
    Encoding encodeTruncated(String text, int maxTokens) {
        int most = Math.min(maxTokens, model.config().maxPositionEmbeddings());
        return tokenizer.encode(text, new EncodeOptions(most, true, true));
    }

    /**
     * Answers a call. Documents are packed, in their order, into batches, and the work gets each batch that is full. Until the
     * call is answered, no other thread uses the model's kernels: all batches see the same weights, and nothing is closed.
     *
     * @throws IllegalStateException if this or the model is closed
     * @throws Cloze4jException if the thread is interrupted before the last batch
     */
    void answer(Stream<Document> documents, Consumer<PackedDocuments> work) {
        model.parameters().kernels().exclusively(() -> {
            if (closed) {
                throw new IllegalStateException(
                        "Expected an open " + owner + ". Received: a closed one. Close it after" + " its last use");
            }
            pack(documents, work);
            return this;
        });
    }

    private static void requireNoInterrupt() {
        if (Thread.currentThread().isInterrupted()) {
            throw new Cloze4jException(
                    "Expected to answer for all texts. Received: an interrupt of the calling thread." + " Ask again");
        }
    }

    /** Packs documents, in their order, into batches, and hands over each when it is full. */
    private void pack(Stream<Document> documents, Consumer<PackedDocuments> work) {
        List<Document> batch = new ArrayList<>();
        int tokens = 0;
        for (Document document : (Iterable<Document>) documents::iterator) {
            if (!batch.isEmpty() && tokens + document.ids().length > BATCH_TOKENS) {
                work.accept(PackedDocuments.of(batch, model.config()));
                requireNoInterrupt();
                batch.clear();
                tokens = 0;
            }
            batch.add(document);
            tokens += document.ids().length;
        }
        if (!batch.isEmpty()) {
            work.accept(PackedDocuments.of(batch, model.config()));
        }
    }

    /**
     * The texts' numbers, those with the most tokens first; of equals the first. Documents of a batch are then alike in
     * length, and threads that each take one end together.
     */
    static IntStream longestFirst(List<Encoding> texts) {
        return IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingInt(text -> -texts.get(text).ids().length))
                .mapToInt(Integer::intValue);
    }

    /** Frees what was kept for later texts, not the model; waits for the call of another thread. */
    @Override
    public void close() {
        model.parameters().kernels().exclusively(() -> {
            closed = true;
            pass.close();
            return this;
        });
    }
}
