package io.github.cloze4j.model.head;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.model.HeadKind;
import java.util.HashSet;
import java.util.List;

/**
 * The head of a fine-tuned model, as {@code config.json} describes it.
 *
 * @param kind what the model does
 * @param labels names of the classes in the order of the scores; of a task without classes none. Regression has the names of its
 *     numbers
 */
public record TaskHead(TaskKind kind, List<String> labels) {
    /** Copies the labels, and checks that they differ and are there for tasks with classes. */
    public TaskHead {
        labels = List.copyOf(labels);
        boolean named = kind.hasLabels() || kind == TaskKind.REGRESSION;
        if (named == labels.isEmpty() || new HashSet<>(labels).size() < labels.size()) {
            throw new IllegalArgumentException("Expected " + (named ? "labels that differ" : "no labels") + " for "
                    + kind.text() + ". Received: " + labels);
        }
    }

    /** The head for the model, with a loss for further training. */
    public HeadKind head(ClassLoss loss) {
        return kind.head(labels.size(), loss);
    }

    /** The head for a model that is not trained. */
    public HeadKind head() {
        return head(ClassLoss.PLAIN);
    }
}
