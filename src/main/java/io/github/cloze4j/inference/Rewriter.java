package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.Decoding;
import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rewrites texts with a sequence-to-sequence model: each next token is the most probable one, until {@code [SEP]}. Thread-safe: calls of
 * several threads take turns.
 */
public final class Rewriter implements AutoCloseable {
    private final Kernels kernels;
    private final Decoding decoding;
    private final OutputRows scores;
    private final BertTokenizer tokenizer;
    private final RewritingEncoder encoder;

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param model with the head of {@link TaskKind#SEQ2SEQ}
     * @param encoder which says how long sources and rewritten texts may be
     * @throws IllegalArgumentException if the model has another head, or no room for texts of that length
     */
    public Rewriter(Bert model, BertTokenizer tokenizer, RewritingEncoder encoder) {
        model.config().requireSeqLen(encoder.maxTokens());
        model.config().requireVocabulary(tokenizer.vocabulary().size());
        kernels = model.parameters().kernels();
        decoding = model.decoding(model.requireHead(TaskKind.SEQ2SEQ.loss()), true);
        scores = new OutputRows(kernels, model.parameters().type());
        this.tokenizer = tokenizer;
        this.encoder = encoder;
    }

    /** The rewritten texts, in the order of their sources. */
    public List<String> rewrite(List<String> sources) {
        if (sources.isEmpty()) {
            return List.of();
        }
        List<Prompt> prompts =
                sources.stream().map(source -> encoder.encode(source).prompt()).toList();
        return kernels.exclusively(() -> greedy(prompts)).stream()
                .map(ids -> tokenizer.decode(
                        ids.stream().mapToInt(Integer::intValue).toArray()))
                .toList();
    }

    private List<List<Integer>> greedy(List<Prompt> prompts) {
        List<List<Integer>> texts = new ArrayList<>();
        prompts.forEach(prompt -> texts.add(new ArrayList<>()));
        decoding.begin(prompts);
        int[] open = IntStream.range(0, texts.size()).toArray();
        for (int length = 0; length < encoder.targetTokens(); length++) {
            scores.read(decoding.scores());
            int[] next = IntStream.range(0, open.length)
                    .map(i -> best(scores.row(i)))
                    .toArray();
            int[] going = IntStream.range(0, open.length)
                    .filter(i -> next[i] != tokenizer.vocabulary().sepId())
                    .toArray();
            if (going.length == 0) {
                break;
            }
            if (going.length < open.length) {
                decoding.select(going);
            }
            int[] numbers = open;
            open = IntStream.of(going).map(i -> numbers[i]).toArray();
            int[] appended = IntStream.of(going).map(i -> next[i]).toArray();
            for (int i = 0; i < open.length; i++) {
                texts.get(open[i]).add(appended[i]);
            }
            decoding.append(appended);
        }
        return texts;
    }

    /** The token with the highest score that the tokenizer knows, of equals the first. */
    private int best(double[] row) {
        int best = 0;
        for (int id = 0; id < tokenizer.vocabulary().size(); id++) {
            best = row[id] > row[best] ? id : best;
        }
        if (!Double.isFinite(row[best])) {
            throw new Cloze4jException("Expected finite scores of the model. Received: " + row[best]
                    + ". Use a model whose training did not diverge");
        }
        return best;
    }

    /** Frees the memory that is kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        kernels.exclusively(() -> {
            decoding.close();
            return this;
        });
    }
}
