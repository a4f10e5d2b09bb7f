package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How well a masked language model expects texts (Salazar et al., 2020, <em>Masked Language Model Scoring</em>): each token is
 * masked in turn, and the logarithms of its probabilities are added up. {@code [CLS]} and {@code [SEP]} around the text are not
 * scored; a special token that is written in the text is, like any token.
 *
 * <p>A text of {@code n} tokens is {@code n} passes over it, so that its cost grows with the square of its length.
 *
 * <p>Thread-safe: one object may serve all threads of a server, and several objects may share a model. Calls are answered
 * one after the other, each by one state of the weights, also while another thread trains the model; the kernels work in
 * parallel inside a call. An interrupt ends a call of many texts at its next batch, with a {@link Cloze4jException} and the
 * thread still interrupted. {@link #close}, of this or of the model, waits for calls that have begun; later calls throw an
 * {@link IllegalStateException}. Memory is kept for later texts until then.
 */
public final class PseudoPerplexity implements AutoCloseable {

    private final PackedModel packed;
    private final Hiding hiding;

    /** The tokens that are masked beside the one that is scored. */
    public enum Hiding {
        /** Nothing (Salazar et al., 2020). */
        TOKEN,
        /**
         * The tokens of its word that stand to the right of it: a long word is otherwise given away by its pieces
         * (PLL-word-l2r of Kauf and Ivanova, 2023).
         */
        REST_OF_WORD
    }

    /**
     * A text's score; also that of many texts together.
     *
     * @param logLikelihood pseudo-log-likelihood, natural logarithm: the sum over the scored tokens, at most 0 but for
     *     rounding
     * @param tokens tokens that were scored, at least 0
     */
    public record Score(double logLikelihood, long tokens) {
        /** Checks the number of tokens. */
        public Score {
            if (tokens < 0) {
                throw new IllegalArgumentException("Expected at least 0 tokens. Received: " + tokens);
            }
        }

        /** {@code exp(−logLikelihood / tokens)}; NaN where there is no token. */
        public double perplexity() {
            return Math.exp(-logLikelihood / tokens);
        }

        /** The score of this and other texts together, as the paper sums over a corpus. */
        public Score plus(Score other) {
            return new Score(logLikelihood + other.logLikelihood, tokens + other.tokens);
        }
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param tokenizer with a vocabulary of at most the model's size
     * @throws IllegalArgumentException if the vocabulary is larger, or the model has no masked-language-model head
     */
    public PseudoPerplexity(Bert model, BertTokenizer tokenizer, Hiding hiding) {
        PackedModel.requireMaskedWords(model);
        packed = new PackedModel(model, tokenizer, "PseudoPerplexity");
        this.hiding = Objects.requireNonNull(hiding);
    }

    /**
     * A text's score; a text without any token has 0 of 0.
     *
     * @throws IllegalArgumentException if the text is too long for the model
     * @throws Cloze4jException if the model's scores are not finite
     */
    public Score score(String text) {
        return score(List.of(text)).get(0);
    }

    /**
     * The scores of many texts, in the order given, which is faster than one at a time; of none, none.
     *
     * @throws IllegalArgumentException if a text is too long for the model; none is then scored
     * @throws Cloze4jException if the model's scores are not finite
     */
    public List<Score> score(List<String> texts) {
        List<Encoding> encodings = InputTexts.encodeAll(texts, packed::encode);
        double[] logLikelihoods = new double[texts.size()];
        Stream<Document> documents = PackedModel.longestFirst(encodings)
                .boxed()
                .flatMap(text -> documents(text, encodings.get(text).ids()));
        packed.answer(
                documents, batch -> packed.scores(batch, (first, logits) -> add(batch, first, logits, logLikelihoods)));
        return IntStream.range(0, texts.size())
                .mapToObj(text -> new Score(logLikelihoods[text], scored(encodings.get(text))))
                .toList();
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        packed.close();
    }

    /** All but {@code [CLS]} and {@code [SEP]} around it. */
    private static int scored(Encoding encoding) {
        return encoding.ids().length - 2;
    }

    /** The text once for each of its tokens, with that token hidden. */
    private Stream<Document> documents(int text, int[] ids) {
        return IntStream.range(1, ids.length - 1).mapToObj(position -> {
            int[] hidden = ids.clone();
            Arrays.fill(
                    hidden,
                    position,
                    hiddenEnd(ids, position),
                    packed.tokenizer().vocabulary().maskId());
            return new Document(text, hidden, new int[] {position}, new int[] {ids[position]});
        });
    }

    private int hiddenEnd(int[] ids, int position) {
        int end = position + 1;
        while (hiding == Hiding.REST_OF_WORD && packed.tokenizer().vocabulary().continuesWord(ids[end])) {
            end++;
        }
        return end;
    }

    /** Adds what the positions from {@code first} on tell; a text's positions follow each other. */
    private void add(PackedDocuments batch, int first, INDArray logits, double[] logLikelihoods) {
        int rows = (int) logits.size(0);
        int from = 0;
        for (int to = 1; to <= rows; to++) {
            int text = batch.maskedTexts()[first + from];
            if (to == rows || batch.maskedTexts()[first + to] != text) {
                int[] labels = Arrays.copyOfRange(batch.labels(), first + from, first + to);
                INDArray own = Arena.rows(logits, from, to - from);
                double loss = packed.model()
                        .parameters()
                        .kernels()
                        .crossEntropy(own, labels, 0)
                        .read()
                        .sum();
                if (!Double.isFinite(loss)) {
                    throw new Cloze4jException("Expected finite scores of the model. Received: a loss of " + loss
                            + ". Use a model whose training did not diverge");
                }
                logLikelihoods[text] -= loss;
                from = to;
            }
        }
    }
}
