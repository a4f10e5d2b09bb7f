package io.github.cloze4j.finetune.metrics;

import java.util.List;

/**
 * A question with its gold answers and a model's prediction.
 *
 * @param gold the gold answers; none if the question has no answer
 * @param prediction the best answer, also if the model prefers to give none; empty if the model has no candidate
 * @param noAnswerScore a finite score that is higher the more the model prefers to give no answer: a probability, or the null score minus
 *     the score of the best answer. 0 for data in which every question has an answer
 */
public record AnsweredQuestion(List<String> gold, String prediction, double noAnswerScore) {
    /** Copies the list and checks the score. */
    public AnsweredQuestion {
        gold = List.copyOf(gold);
        if (!Double.isFinite(noAnswerScore)) {
            throw new IllegalArgumentException("Expected a finite score for no answer. Received: " + noAnswerScore
                    + ". Look for a training run that diverged.");
        }
    }

    /** Whether the question has an answer. */
    public boolean hasAnswer() {
        return !gold.isEmpty();
    }
}
