package io.github.cloze4j.train;

import io.github.cloze4j.optim.LearningRateSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a run: its state, its clock and its place in the data; from them follow the used share of the budget and the
 * learning rate. Not thread-safe.
 */
final class RunProgress implements AutoCloseable {
    private final TrainingTask task;
    private final TrainingConfig config;
    private final Budget budget;
    private final LearningRateSchedule schedule;
    private TrainingState state;
    private TrainingClock clock = new TrainingClock(0);
    private MicroBatches batches;
    private long processTokens;

    /**
     * At the beginning of a run.
     *
     * @param best the record of the best evaluation; null if the run selects no model
     */
    RunProgress(TrainingTask task, TrainingConfig config, @Nullable BestRecord best) {
        this.task = task;
        state = new TrainingState();
        state.best = best;
        this.config = config;
        budget = new Budget(config);
        schedule = config.learningRateSchedule();
        batches = task.training(state.cursor);
    }

    TrainingState state() {
        return state;
    }

    TrainingClock clock() {
        return clock;
    }

    /** The share of the budget that is used, in [0, 1]. */
    double used() {
        return budget.used(state.step, batches.epochs(), clock);
    }

    /** The learning rate of the next step. */
    double learningRate() {
        return schedule.at(used());
    }

    /** Where the next step begins. */
    QueuedStep.Place place() {
        return new QueuedStep.Place(state.step, state.cursor, state.microBatch, state.tokens);
    }

    /** The micro-batches of the next step. */
    List<MicroBatch> nextMicroBatches() {
        List<MicroBatch> microBatches = new ArrayList<>(config.accumulate());
        double used = used();
        for (int i = 0; i < config.accumulate(); i++) {
            microBatches.add(batches.next(used));
        }
        return microBatches;
    }

    /** Counts a step that was launched. */
    QueuedStep advance(
            QueuedStep.Place before, List<MicroBatch> microBatches, double learningRate, QueuedStep.Results results) {
        long tokens = microBatches.stream().mapToLong(MicroBatch::tokens).sum();
        state.step++;
        state.schedule = budget.describe();
        state.learningRate = learningRate;
        state.microBatch += microBatches.size();
        state.tokens += tokens;
        state.cursor = batches.cursor();
        processTokens += tokens;
        return new QueuedStep(before, microBatches, results, learningRate, used(), state.tokens, processTokens);
    }

    /** Notes what a step has done. */
    void note(StepReport report) {
        state.seconds = report.elapsedSeconds();
        state.recentLosses.add(report.loss());
    }

    /** Goes back to where a step begins that was not applied; {@link #rewind} comes before the next one. */
    void takeBack(QueuedStep.Place place) {
        processTokens -= state.tokens - place.tokens();
        state.step = place.step();
        state.cursor = place.cursor();
        state.microBatch = place.microBatch();
        state.tokens = place.tokens();
    }

    /** Makes the data stand where the next step begins, also after a step that took batches and then failed. */
    void rewind() {
        if (!batches.cursor().equals(state.cursor)) {
            MicroBatches again = task.training(state.cursor);
            batches.close();
            batches = again;
        }
    }

    /**
     * Goes on from another state.
     *
     * @param restore sets what else a run goes on from; if it throws, this is as it was
     * @return says that the learning rate jumps; empty if it does not
     * @throws IllegalArgumentException if the budget ends before the steps done
     */
    Optional<String> goOnFrom(TrainingState resumed, Runnable restore) {
        MicroBatches rest = task.training(resumed.cursor);
        try {
            BudgetOnResume.require(resumed, rest.epochs(), config);
            restore.run();
        } catch (RuntimeException | Error e) {
            rest.close();
            throw e;
        }
        batches.close();
        batches = rest;
        state = resumed;
        clock = new TrainingClock(state.seconds);
        processTokens = 0;
        return BudgetOnResume.jump(state, config, learningRate());
    }

    /** The speed of this process; of the whole run, if this process had no step to do. */
    private double tokensPerSecond() {
        if (processTokens > 0) {
            return processTokens / clock.processSeconds();
        }
        return state.seconds > 0 ? state.tokens / state.seconds : 0;
    }

    /**
     * How the run ended.
     *
     * @param evaluation the score of all held-out data, or null
     * @param stopped whether the run ended before its budget was used and its model evaluated
     */
    TrainingResult result(@Nullable Evaluation evaluation, boolean stopped) {
        return new TrainingResult(
                state.step,
                state.tokens,
                state.seconds,
                tokensPerSecond(),
                state.recentLosses.mean(),
                evaluation,
                stopped,
                state.best == null ? null : state.best.result().orElse(null));
    }

    @Override
    public void close() {
        batches.close();
    }
}
