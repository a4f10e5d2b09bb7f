package io.github.cloze4j.inference;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A label with what a model gives it.
 *
 * @param label its name
 * @param id its number
 * @param score a probability in [0, 1], or the number itself of regression
 */
public record LabelScore(String label, int id, double score) {
    /** All labels in the order of their numbers. */
    static List<LabelScore> inOrder(List<String> labels, double[] scores) {
        return IntStream.range(0, scores.length)
                .mapToObj(id -> new LabelScore(labels.get(id), id, scores[id]))
                .toList();
    }

    /** All labels, the one with the highest score first; of equals the lower number. */
    static List<LabelScore> highestFirst(List<String> labels, double[] scores) {
        return inOrder(labels, scores).stream()
                .sorted(Comparator.comparingDouble((LabelScore label) -> label.score())
                        .reversed()
                        .thenComparingInt(LabelScore::id))
                .toList();
    }
}
