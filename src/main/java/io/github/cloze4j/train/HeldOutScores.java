package io.github.cloze4j.train;

import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.model.MlmPass;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The scores of a run on held-out text: on a sample of the text while the run goes on, and on all of it at the end. A step is
 * scored once by each. Without held-out text there is nothing to score.
 */
final class HeldOutScores {
    private static final long NEVER = -1;

    private final int maxMasked;
    private final @Nullable Evaluator whole;
    /** The same evaluator as {@link #whole} if the user says when to evaluate. */
    private final @Nullable Evaluator sample;

    private long lastStep = NEVER;
    private @Nullable Evaluator lastEvaluator;
    private @Nullable Evaluation last;

    /** @throws io.github.cloze4j.CorpusException if there are held-out documents without text */
    HeldOutScores(TrainingData data, TrainingConfig config) {
        EvaluationBatches batches = data.evaluation(config);
        maxMasked = batches == null ? 0 : batches.maxMasked();
        whole = batches == null ? null : new Evaluator(batches);
        sample = batches == null || config.evaluations() == 0 ? whole : new Evaluator(data.sample(batches, config));
    }

    /** The most masked positions of a batch; 0 without held-out text. */
    int maxMasked() {
        return maxMasked;
    }

    /** Whether there is held-out text. */
    boolean exist() {
        return whole != null;
    }

    /**
     * Scores the sample, and tells the listeners.
     *
     * @param step the optimizer steps done
     * @param stop whether to give up
     * @return false if it was given up
     * @throws io.github.cloze4j.DivergenceException if the loss is not finite
     */
    boolean scoreSample(long step, MlmPass pass, BooleanSupplier stop, List<TrainingListener> listeners) {
        return score(sample, step, pass, stop, listeners);
    }

    /** Scores all held-out text, otherwise as {@link #scoreSample} does. */
    boolean scoreAll(long step, MlmPass pass, BooleanSupplier stop, List<TrainingListener> listeners) {
        return score(whole, step, pass, stop, listeners);
    }

    private boolean score(
            @Nullable Evaluator by, long step, MlmPass pass, BooleanSupplier stop, List<TrainingListener> listeners) {
        if (by == null || (lastStep == step && lastEvaluator == by)) {
            return true;
        }
        listeners.forEach(listener -> listener.onEvaluationStart(step));
        Evaluation score = by.evaluate(pass, stop);
        if (score == null) {
            return false;
        }
        Divergence.requireFinite(score, step);
        last = score;
        lastStep = step;
        lastEvaluator = by;
        listeners.forEach(listener -> listener.onEvaluation(step, score));
        return true;
    }

    /** The score of all held-out text after a step; null if there is none. */
    @Nullable
    Evaluation ofAll(long step) {
        return lastStep == step && lastEvaluator == whole ? last : null;
    }
}
