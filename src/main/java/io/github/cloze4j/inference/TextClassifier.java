package io.github.cloze4j.inference;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sorts texts and pairs of texts into classes, or gives them numbers, with a fine-tuned model. A long text is cut, or read in
 * windows whose scores are averaged.
 *
 * <p>Thread-safe as {@link FillMask} is.
 */
public final class TextClassifier implements AutoCloseable {
    private final TaskHead head;
    private final TextEncoder encoder;
    private final HeadScores scores;

    /**
     * What a model says of a text.
     *
     * @param answers of classes all of them, the most probable first, with probabilities that are one in sum, or, where a text
     *     may have any number of classes, each with its own; of regression each number
     * @param windows the windows in which the text was read
     * @param cut whether the text lost its end
     */
    public record Answer(List<LabelScore> answers, int windows, boolean cut) {
        /** Copies the list. */
        public Answer {
            answers = List.copyOf(answers);
        }
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param model with the head of a fine-tuned classifier
     * @param head its description, as {@code StoredModel} reads it
     * @throws IllegalArgumentException if the model is no classifier of texts, or has no room for so many tokens
     */
    public TextClassifier(Bert model, BertTokenizer tokenizer, TaskHead head, TokenLimit limit) {
        requireKind(head.kind());
        model.config().requireSeqLen(limit.maxTokens());
        this.head = head;
        encoder = new TextEncoder(tokenizer, limit);
        scores = new HeadScores(model, tokenizer, head, 1, "TextClassifier");
    }

    private static void requireKind(TaskKind kind) {
        if (kind != TaskKind.CLASSIFICATION && kind != TaskKind.MULTI_LABEL && kind != TaskKind.REGRESSION) {
            throw new IllegalArgumentException(
                    "Expected a model for classification, multi-label or regression. Received:" + " one for "
                            + kind.text() + ". Use the class for that task");
        }
    }

    /** The answers for texts, in the order given. */
    public List<Answer> classify(List<TextPair> texts) {
        List<TextEncoder.Windows> windows = texts.stream().map(encoder::encode).toList();
        double[][] means = means(windows);
        return IntStream.range(0, texts.size())
                .mapToObj(text -> new Answer(
                        answers(means[text]),
                        windows.get(text).windows().size(),
                        windows.get(text).cut()))
                .toList();
    }

    /** The scores of the head before softmax or sigmoid, {@code [texts][labels]}; those of windows are averaged. */
    public double[][] scores(List<TextPair> texts) {
        return means(texts.stream().map(encoder::encode).toList());
    }

    private double[][] means(List<TextEncoder.Windows> texts) {
        List<Document> documents = new ArrayList<>();
        texts.forEach(
                text -> text.windows().forEach(window -> documents.add(Document.scored(documents.size(), window, 0))));
        double[][][] ofWindows = scores.of(documents);
        double[][] means = new double[texts.size()][];
        int at = 0;
        for (int text = 0; text < means.length; text++) {
            int windows = texts.get(text).windows().size();
            double[] mean = new double[head.labels().size()];
            for (int window = 0; window < windows; window++) {
                for (int label = 0; label < mean.length; label++) {
                    mean[label] += ofWindows[at + window][0][label] / windows;
                }
            }
            at += windows;
            means[text] = mean;
        }
        return means;
    }

    private List<LabelScore> answers(double[] mean) {
        double[] values =
                switch (head.kind()) {
                    case MULTI_LABEL -> Probabilities.sigmoid(mean);
                    case REGRESSION -> mean;
                    default -> Probabilities.softmax(mean);
                };
        return head.kind() == TaskKind.REGRESSION
                ? LabelScore.inOrder(head.labels(), values)
                : LabelScore.highestFirst(head.labels(), values);
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        scores.close();
    }
}
