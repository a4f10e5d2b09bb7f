package io.github.cloze4j.train;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The scores of a run on held-out data: on a sample of it while the run goes on, and on all of it at the end. A step is
 * scored once by each. Without held-out data there is nothing to score.
 */
final class HeldOutScores {
    private static final long NEVER = -1;

    private final boolean exist;
    private final Evaluator whole;
    /** The same evaluator as {@link #whole} if the user says when to evaluate. */
    private final Evaluator sample;

    private long lastStep = NEVER;
    private @Nullable Evaluator lastEvaluator;
    private @Nullable Evaluation last;

    HeldOutScores(TrainingTask task, TrainingConfig config) {
        Iterable<MicroBatch> batches = task.validation();
        exist = batches.iterator().hasNext();
        whole = new Evaluator(task, batches);
        sample = exist && config.evaluations() > 0
                ? new Evaluator(task, task.validationSample(config.microBatches()))
                : whole;
    }

    /** Whether there is held-out data. */
    boolean exist() {
        return exist;
    }

    /**
     * Scores the sample, and tells the listeners.
     *
     * @param step the optimizer steps done
     * @param stop whether to give up
     * @return the scores; null if it was given up
     * @throws io.github.cloze4j.DivergenceException if a loss is not finite
     */
    @Nullable
    Evaluation scoreSample(long step, BooleanSupplier stop, Listeners listeners) {
        return score(sample, step, stop, listeners);
    }

    /** Scores all held-out data, otherwise as {@link #scoreSample} does. */
    @Nullable
    Evaluation scoreAll(long step, BooleanSupplier stop, Listeners listeners) {
        return score(whole, step, stop, listeners);
    }

    private @Nullable Evaluation score(Evaluator by, long step, BooleanSupplier stop, Listeners listeners) {
        if (lastStep == step && lastEvaluator == by) {
            return last;
        }
        listeners.tell(listener -> listener.onEvaluationStart(step));
        Evaluation score = by.evaluate(stop);
        if (score == null) {
            return null;
        }
        Divergence.requireFinite(score, step);
        last = score;
        lastStep = step;
        lastEvaluator = by;
        listeners.tell(listener -> listener.onEvaluation(step, score));
        return score;
    }

    /** Forgets the last score: the run goes on with other parameters. */
    void forget() {
        lastStep = NEVER;
        lastEvaluator = null;
        last = null;
    }
}
