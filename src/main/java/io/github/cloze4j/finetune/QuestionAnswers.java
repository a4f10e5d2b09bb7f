package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.AnswerScores;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Answers to held-out questions, compared with the gold answers.
 *
 * @param scores exact match and F1 of each question
 * @param threshold the highest {@code noAnswerScore} at which an answer is given
 * @param probabilities the probability of what the model answers to each question: a text, or no answer
 * @param names the names of the metrics
 */
public record QuestionAnswers(AnswerScores scores, double threshold, List<Double> probabilities, List<String> names)
        implements HeldOutAnswers {
    static final String EXACT = "exact";
    static final String F1 = "f1";
    static final String HAS_ANSWER_F1 = "has_answer_f1";
    static final String NO_ANSWER_F1 = "no_answer_f1";
    static final String BEST_EXACT = "best_exact";
    static final String BEST_F1 = "best_f1";

    /** Copies the lists. */
    public QuestionAnswers {
        probabilities = List.copyOf(probabilities);
        names = List.copyOf(names);
    }

    /** Whether questions may have no answer. */
    boolean mayHaveNoAnswer() {
        return names.contains(BEST_F1);
    }

    @Override
    public int count() {
        return scores.count();
    }

    @Override
    public Map<String, Double> metrics(int[] which) {
        AnswerScores picked = scores.pick(which);
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (String name : names) {
            metrics.put(
                    name,
                    switch (name) {
                        case EXACT -> picked.all(threshold).exact();
                        case F1 -> picked.all(threshold).f1();
                        case HAS_ANSWER_F1 -> picked.withAnswer(threshold).f1();
                        case NO_ANSWER_F1 -> picked.withoutAnswer(threshold).f1();
                        case BEST_EXACT -> picked.bestExact().score();
                        case BEST_F1 -> picked.bestF1().score();
                        default -> throw new IllegalStateException("Expected the name of a metric. Received: " + name);
                    });
        }
        return metrics;
    }

    @Override
    public List<String> remarks() {
        return mayHaveNoAnswer()
                ? List.of(String.format(
                        Locale.ROOT,
                        "best threshold of no answer: %.4f for exact, %.4f for f1",
                        scores.bestExact().threshold(),
                        scores.bestF1().threshold()))
                : List.of();
    }
}
