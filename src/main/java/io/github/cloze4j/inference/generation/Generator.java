package io.github.cloze4j.inference.generation;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.inference.InputTexts;
import io.github.cloze4j.inference.OutputRows;
import io.github.cloze4j.inference.TextRefusedException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.Decoding;
import io.github.cloze4j.model.Head;
import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generates texts token by token: goes on after a prompt with a next-word model, or makes a target of a source with a
 * sequence-to-sequence model.
 *
 * <p>A next-word model (head {@code clm}) reads {@code [CLS] prompt}, and each token sees the tokens before it. A
 * sequence-to-sequence model (head {@code prefix-lm}) reads {@code [CLS] source [SEP]}, whose tokens see each other. A generation ends
 * at {@code [SEP]}, at a stop string, or when a text is long enough. {@code [PAD]}, {@code [CLS]}, {@code [MASK]} and ids that the
 * tokenizer does not know are never generated.
 *
 * <p>Repetition penalty, no-repeat n-gram and bad words look at the prompt and the generated tokens of a next-word model, and at the
 * generated tokens alone of a sequence-to-sequence model, because a source may be repeated in its target.
 *
 * <p>Thread-safe, as {@link io.github.cloze4j.inference.FillMask}: one object may serve all threads of a server, and several objects may
 * share a model. Calls are answered one after the other, each by one state of the weights. An interrupt ends a call at its next token,
 * with a {@link Cloze4jException} and the thread still interrupted. {@link #close}, of this or of the model, waits for calls that have
 * begun; later calls throw an {@link IllegalStateException}. Memory is kept for later texts until then.
 */
public final class Generator implements AutoCloseable {
    /** Texts that grow at the same time: enough to keep all cores busy. */
    private static final int MOST_TEXTS = 32;

    /** Tokens of these texts, whose keys and values take memory: 600 MB in a BERT of base size. */
    private static final int MOST_TOKENS = 8192;

    private final Bert model;
    private final BertTokenizer tokenizer;
    private final boolean readsSource;
    private final Decoding decoding;
    private final OutputRows rows;
    /** Read and written by the thread that holds the kernels. */
    private boolean closed;
    /** Whether a call is under way: a listener runs inside it, on the same thread. */
    private boolean running;

    /**
     * Uses a model, which stays the caller's to close. A model with both heads is used as a next-word model.
     *
     * @param tokenizer with a vocabulary of at most the model's size
     * @throws IllegalArgumentException if the vocabulary is larger, or the model has neither a head for the next word nor one for
     *     the next word of a target
     */
    public Generator(Bert model, BertTokenizer tokenizer) {
        model.config().requireVocabulary(tokenizer.vocabulary().size());
        this.model = model;
        this.tokenizer = tokenizer;
        Head head = head(model);
        readsSource = head.loss().equals(LanguageModelHead.PREFIX_LOSS);
        decoding = model.decoding(head, true);
        rows = new OutputRows(kernels(), model.parameters().type());
    }

    private static Head head(Bert model) {
        return model.head(LanguageModelHead.NEXT_WORD_LOSS)
                .or(() -> model.head(LanguageModelHead.PREFIX_LOSS))
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "Expected a model that predicts the next word, with a head for the loss "
                                        + LanguageModelHead.NEXT_WORD_LOSS + " or " + LanguageModelHead.PREFIX_LOSS
                                        + ". Received: one with "
                                        + (model.losses().isEmpty() ? "no head" : String.join(", ", model.losses()))
                                        + ". Train the model further as a next-word model (BertLMHeadModel), or use such a model"));
    }

    private Kernels kernels() {
        return model.parameters().kernels();
    }

    /**
     * Generates {@link GenerationConfig#numReturnSequences} texts after a prompt: samples in their order, or the best of a beam
     * search, the best first. A beam search gives fewer if the settings allow fewer different texts.
     *
     * @param prompt the beginning of a text, which may be empty, or the source
     * @throws IllegalArgumentException if the prompt leaves the model no position for a token, or a setting does not fit the
     *     vocabulary
     * @throws Cloze4jException if the thread is interrupted, if the settings leave no token that may follow, or if the model's
     *     scores are not finite
     */
    public List<GeneratedText> generate(String prompt, GenerationConfig config) {
        return generate(List.of(prompt), config).get(0);
    }

    /**
     * Generates texts after a prompt, and hands them out piece by piece meanwhile.
     *
     * @param number the number of the prompt among those of a longer list, from 0: draws at random depend on it
     * @param listener gets the pieces
     * @return the texts, as {@link #generate(List, GenerationConfig, int)} returns them
     */
    public List<GeneratedText> generate(String prompt, GenerationConfig config, int number, TextListener listener) {
        return generate(List.of(prompt), config, number, listener).get(0);
    }

    /**
     * Generates texts after many prompts, which is faster than one at a time: for each prompt, in the order given, as {@link
     * #generate(String, GenerationConfig)}.
     *
     * @param prompts the prompts; none gives an empty list
     * @throws TextRefusedException if a prompt leaves the model no position for a token; nothing is then generated
     */
    public List<List<GeneratedText>> generate(List<String> prompts, GenerationConfig config) {
        return generate(prompts, config, 0);
    }

    /**
     * Generates texts after some prompts of a longer list, as {@link #generate(List, GenerationConfig)} does it for all of them.
     *
     * @param prompts the prompts; none gives an empty list
     * @param first the number of the first of them in the longer list, from 0: draws at random depend on it
     * @throws TextRefusedException if a prompt leaves the model no position for a token; nothing is then generated
     */
    public List<List<GeneratedText>> generate(List<String> prompts, GenerationConfig config, int first) {
        return generate(prompts, config, first, null);
    }

    /**
     * Rewrites sources that are tokens already, such as those that {@link io.github.cloze4j.inference.RewritingEncoder} has cut: for each
     * source, in the order given, as {@link #generate(String, GenerationConfig)}.
     *
     * @param sources {@code [CLS] source [SEP]} each; none gives an empty list
     * @throws IllegalStateException if the model is a next-word model
     * @throws TextRefusedException if a source leaves the model no position for a token; nothing is then generated
     */
    public List<List<GeneratedText>> rewrite(List<Prompt> sources, GenerationConfig config) {
        if (!readsSource) {
            throw new IllegalStateException("Expected a sequence-to-sequence model, with a head for the loss "
                    + LanguageModelHead.PREFIX_LOSS + ". Received: a next-word model. Use generate");
        }
        List<int[]> encoded =
                InputTexts.encodeAll(sources, source -> requireRoom(source.ids(), tokenizer.decode(source.ids())));
        List<GenerationPrompt> prompts = new ArrayList<>();
        for (int number = 0; number < encoded.size(); number++) {
            prompts.add(prompt(number, "", encoded.get(number), config));
        }
        return run(prompts, config, null);
    }

    private List<List<GeneratedText>> generate(
            List<String> texts, GenerationConfig config, int firstNumber, @Nullable TextListener listener) {
        List<int[]> encoded = InputTexts.encodeAll(texts, this::encode);
        List<GenerationPrompt> prompts = new ArrayList<>();
        for (int number = 0; number < encoded.size(); number++) {
            prompts.add(prompt(firstNumber + number, texts.get(number), encoded.get(number), config));
        }
        return run(prompts, config, listener);
    }

    private List<List<GeneratedText>> run(
            List<GenerationPrompt> prompts, GenerationConfig config, @Nullable TextListener listener) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        LogitsProcessors processors = LogitsProcessors.of(config, vocabulary);
        Endings endings = new Endings(vocabulary, new StopStrings(config.stopStrings()));
        SearchParts parts = new SearchParts(decoding, rows, processors, endings, listener);
        Search search = config.numBeams() > 1 ? new BeamSearch(parts, config) : new TokenSearch(parts, config);
        return kernels().exclusively(() -> {
            requireOpen();
            requireIdle();
            running = true;
            try {
                return search.run(prompts, mostTexts(prompts));
            } finally {
                running = false;
            }
        });
    }

    /** {@code [CLS] prompt}, or {@code [CLS] source [SEP]}. */
    private int[] encode(String text) {
        int[] ids = tokenizer
                .encode(text, new EncodeOptions(Integer.MAX_VALUE, true, true))
                .ids();
        return requireRoom(readsSource ? ids : Arrays.copyOf(ids, ids.length - 1), text);
    }

    /** @throws IllegalArgumentException if the tokens leave no position for another one */
    private int[] requireRoom(int[] ids, String text) {
        int positions = model.config().maxPositionEmbeddings();
        if (ids.length >= positions) {
            throw new IllegalArgumentException("Expected a prompt of at most " + (positions - 1) + " tokens, [CLS]"
                    + (readsSource ? " and [SEP]" : "") + " included: the model has " + positions
                    + " positions (max_position_embeddings), of which a generated token needs one. Received: "
                    + ids.length
                    + " in "
                    + InputTexts.quote(text)
                    + (readsSource ? ". Shorten the text" : ". Shorten the prompt, or give its end only"));
        }
        return ids;
    }

    private GenerationPrompt prompt(int number, String text, int[] ids, GenerationConfig config) {
        int room = model.config().maxPositionEmbeddings() - ids.length;
        List<String> tokens = Arrays.stream(ids)
                .skip(1)
                .mapToObj(tokenizer.vocabulary()::token)
                .toList();
        boolean endsWithBlank = !text.isEmpty() && Character.isWhitespace(text.charAt(text.length() - 1));
        return new GenerationPrompt(
                number,
                readsSource ? Prompt.source(ids) : Prompt.causal(ids),
                readsSource ? TokenSequence.of() : TokenSequence.of(ids),
                readsSource ? List.of() : tokens,
                endsWithBlank,
                Math.min(config.maxNewTokens(), room),
                room < config.maxNewTokens() ? FinishReason.MAX_POSITIONS : FinishReason.MAX_NEW_TOKENS);
    }

    private static int mostTexts(List<GenerationPrompt> prompts) {
        int longest = prompts.stream()
                .mapToInt(prompt -> prompt.model().length() + prompt.mostNewTokens())
                .max()
                .orElse(1);
        return Math.max(1, Math.min(MOST_TEXTS, MOST_TOKENS / longest));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "Expected an open Generator. Received: a closed one. Close it after its last use");
        }
    }

    /** A call inside another one would take its texts away: both grow in the same memory. */
    private void requireIdle() {
        if (running) {
            throw new IllegalStateException("Expected a call after the one before has ended. Received: a call by the"
                    + " TextListener of a generation that still runs. Make it afterwards, or with another Generator");
        }
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        kernels().exclusively(() -> {
            closed = true;
            decoding.close();
            return this;
        });
    }
}
