package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.Head;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The scores of a fine-tuned head at rows of many documents. Thread-safe. */
final class HeadScores implements AutoCloseable {
    private final PackedModel packed;
    private final Head head;
    private final int rowsOfInput;

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param task the description of the model's head
     * @param rowsOfInput rows of a document that make one input of the head
     * @param owner the object that answers with it, for messages
     * @throws IllegalArgumentException if the model has another head
     */
    HeadScores(Bert model, BertTokenizer tokenizer, TaskHead task, int rowsOfInput, String owner) {
        head = model.requireHead(task.kind().loss());
        int labels = task.labels().size();
        if (labels > 0 && labels != head.outputs()) {
            throw new IllegalArgumentException("Expected a model with a score for each of " + labels
                    + " labels. Received: one with " + head.outputs()
                    + " scores. Use the description of the head that StoredModel reads");
        }
        packed = new PackedModel(model, tokenizer, owner);
        this.rowsOfInput = rowsOfInput;
    }

    /**
     * The scores of each document, {@code [inputs][outputs]}, in the order given.
     *
     * @param documents whose {@code text} is their number in the list
     * @throws Cloze4jException if a score is not finite, or the thread is interrupted
     */
    double[][][] of(List<Document> documents) {
        double[][][] scores = new double[documents.size()][][];
        int[] filled = new int[documents.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = new double[documents.get(i).masked().length / rowsOfInput][];
        }
        // Documents of a batch are alike in length, and threads that each take one end together.
        Stream<Document> longestFirst = IntStream.range(0, documents.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> -documents.get(i).ids().length))
                .map(documents::get);
        packed.answer(
                longestFirst,
                batch -> packed.scores(batch, head, (first, rows) -> {
                    packed.rows().read(rows);
                    for (int row = 0; row < rows.size(0); row++) {
                        int document = batch.maskedTexts()[(first + row) * rowsOfInput];
                        scores[document][filled[document]++] =
                                finite(packed.rows().row(row).clone());
                    }
                }));
        return scores;
    }

    private static double[] finite(double[] scores) {
        if (Arrays.stream(scores).anyMatch(score -> !Double.isFinite(score))) {
            throw new Cloze4jException("Expected finite scores of the model. Received: " + Arrays.toString(scores)
                    + ". Use a model whose training did not diverge");
        }
        return scores;
    }

    @Override
    public void close() {
        packed.close();
    }
}
