package io.github.cloze4j.train;

import java.util.Map;
import java.util.Optional;

/**
 * A score on held-out data, the same data at every evaluation of a run.
 *
 * @param scores by the name of the loss, in the order of the model's heads
 */
public record Evaluation(Map<String, Score> scores) {
    /** Copies the scores. */
    public Evaluation {
        scores = Scores.copy(scores);
    }

    /** The sum of the mean losses, in nats. */
    public double loss() {
        return Scores.loss(scores);
    }

    /** The score of a loss, such as {@code mlm}; empty if it was not scored. */
    public Optional<Score> score(String loss) {
        return Optional.ofNullable(scores.get(loss));
    }
}
