package io.github.cloze4j.inference;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.SpanHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Answers questions with a part of a text, the context, with a model that is fine-tuned for it (Devlin et al., 2019, section 4.2 and
 * 4.3). A long context is read in overlapping windows. Windows, candidates, scores and probabilities are those of {@code run_qa.py}
 * of {@code transformers}.
 *
 * <p>Thread-safe as {@link FillMask} is.
 */
public final class QuestionAnswerer implements AutoCloseable {
    private static final TaskHead HEAD = new TaskHead(TaskKind.QUESTION_ANSWERING, List.of());

    private final AnswerOptions options;
    private final QuestionEncoder encoder;
    private final HeadScores scores;

    /**
     * A question about a text.
     *
     * @param question the question
     * @param context the text that holds the answer
     */
    public record Query(String question, String context) {}

    /**
     * A part of the context.
     *
     * @param text the text from the context, letter by letter
     * @param start the index of its first {@code char} in the context
     * @param end the index after its last {@code char}
     * @param probability its share of all candidates that were kept, no answer included, in [0, 1]
     */
    public record Span(String text, int start, int end, double probability) {}

    /**
     * The answer of a model to a question.
     *
     * @param spans candidates, the most probable first, as many as the options keep at most; none if no candidate is left, such as
     *     for a context without tokens
     * @param withheld whether the model prefers to give no answer; false if every question has an answer
     * @param noAnswerScore how much the model prefers to give no answer: the score of {@code [CLS]}, the lowest of all windows,
     *     less the score of the best candidate, or less 0 if there is none
     * @param noAnswerProbability the share of no answer among the candidates, in [0, 1]; 0 if every question has an answer and
     *     there is a candidate
     * @param windows the windows in which the context was read
     * @param questionCut whether the question was too long and lost its end
     */
    public record Answer(
            List<Span> spans,
            boolean withheld,
            double noAnswerScore,
            double noAnswerProbability,
            int windows,
            boolean questionCut) {
        /** Copies the list. */
        public Answer {
            spans = List.copyOf(spans);
        }

        /** The answer; empty if it is withheld or there is no candidate. */
        public Optional<Span> best() {
            return withheld ? Optional.empty() : spans.stream().findFirst();
        }
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param model with a {@link SpanHead} as its only head
     * @throws IllegalArgumentException if the model has another head, or has no room for windows of so many tokens
     */
    public QuestionAnswerer(Bert model, BertTokenizer tokenizer, AnswerOptions options) {
        model.config().requireSeqLen(options.limit().maxTokens());
        this.options = options;
        encoder = new QuestionEncoder(tokenizer, options);
        scores = new HeadScores(model, tokenizer, HEAD, 1, "QuestionAnswerer");
    }

    /** The answers to questions, in the order given. */
    public List<Answer> answer(List<Query> queries) {
        List<QuestionEncoder.Windows> encoded = queries.stream()
                .map(query -> encoder.encode(query.question(), query.context()))
                .toList();
        List<Document> documents = new ArrayList<>();
        encoded.forEach(windows -> windows.windows().forEach(window -> {
            int[] rows = IntStream.range(0, window.tokens().ids().length).toArray();
            documents.add(Document.scored(documents.size(), window.tokens(), rows));
        }));
        double[][][] ofWindows = scores.of(documents);
        List<Answer> answers = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < queries.size(); i++) {
            AnswerSearch search = new AnswerSearch(options);
            for (QuestionEncoder.Window window : encoded.get(i).windows()) {
                search.add(window, ofWindows[at++]);
            }
            answers.add(search.answer(queries.get(i).context(), encoded.get(i)));
        }
        return answers;
    }

    /** Frees the memory that is kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        scores.close();
    }
}
