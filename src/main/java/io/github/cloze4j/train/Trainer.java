package io.github.cloze4j.train;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.GradientClipping;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains the model of a {@link TrainingTask}. {@link #step} is the algorithm; the rest decides when a run ends, and when it is
 * reported, evaluated and saved. Kernels that compute beside the host get a step while they still compute the one before.
 *
 * <p>The same task, configuration and thread count give the same parameters to the last bit, also when the run is stopped and
 * {@link #resume}d; but not where the budget is a time.
 *
 * <p>One thread at a time uses a trainer, but for {@link #requestStop}, and one thread at a time trains a model: a second
 * one gets an {@link IllegalStateException}, and so does a listener that calls another method than {@link #requestStop} or
 * {@link #listen} during a run. Other threads may meanwhile infer with the model; each of their calls is
 * answered by the weights after a whole step. Trainers that run at the same time have models of their own, and kernels of
 * their own if they are not to wait for each other.
 *
 * <p>{@link Thread#interrupt}, as {@code shutdownNow} and JUnit's {@code @Timeout} use it, is a stop like {@link
 * #requestStop}: the step is finished, the run is saved, {@link TrainingResult#stopped} is true, and the thread is
 * interrupted when {@link #run} returns.
 */
public final class Trainer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

    private final TrainingTask task;
    private final ParameterStore parameters;
    private final Kernels kernels;
    private final TrainingConfig config;
    private final Timetable timetable;
    private final RunParts parts;
    private final RunEvaluations evaluations;
    private final RunCheckpoints checkpoints;
    private final RunProgress progress;
    private final Listeners listeners = new Listeners();
    private final StepQueue queue;
    private final StopSignal stop = new StopSignal();
    private final RunGuard guard;

    /**
     * Takes all memory that training takes.
     *
     * @param task the task of this trainer alone, whose model is trained in place. The trainer closes the task, but not its
     *     model; a task whose {@link TrainingTask#prepare} throws stays open
     * @param checkpoints where to save, and what {@link #resume} reads; null saves nothing
     * @throws io.github.cloze4j.CorpusException if there is nothing to train on or to score
     * @throws io.github.cloze4j.BackendException if it does not fit into the memory of the kernels, naming the largest batch
     *     that does
     * @throws IllegalArgumentException if the best model is selected by a figure that the task does not have, or without
     *     held-out data
     * @throws IllegalStateException if another trainer uses the task, or all parameters of the model are frozen
     */
    public Trainer(TrainingTask task, TrainingConfig config, @Nullable CheckpointStore checkpoints) {
        this.task = task;
        this.config = config;
        parameters = task.parameters();
        kernels = parameters.kernels();
        guard = new RunGuard(parameters, stop);
        timetable = new Timetable(config);
        parts = RunParts.open(task, config, listeners, stop);
        evaluations = parts.evaluations();
        progress = parts.progress();
        queue = new StepQueue(task.losses(), progress, listeners);
        this.checkpoints = new RunCheckpoints(checkpoints, parts, timetable, listeners);
    }

    /** The memory that training takes, the model included. */
    public MemoryPlan memory() {
        return parts.memory();
    }

    /** Adds a listener; they are told in the order in which they were added. */
    public Trainer listen(TrainingListener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Goes on from the newest complete checkpoint as if the run had never stopped. If there is no checkpoint, changes
     * nothing, so that {@link #run} begins at step 1: callers that expect a checkpoint look at what is returned. A budget or
     * a schedule may differ from the former one: the learning rate then follows the new schedule, and a jump is logged. If
     * it throws, trainer and model are as they were.
     *
     * @return the steps done before, or nothing if no checkpoint was saved yet
     * @throws IllegalArgumentException if the task has other data or settings than the run began with, or the budget ends
     *     before the steps done
     * @throws io.github.cloze4j.CheckpointFormatException if all checkpoints are damaged, or are of another model
     */
    public Optional<Long> resume() {
        return guard.betweenRuns(() -> checkpoints.latest().map(checkpoint -> {
            goOnFrom(checkpoint);
            checkpoints.saved(progress.state());
            return checkpoint.step();
        }));
    }

    /**
     * Goes on from a checkpoint that is in memory, such as that of another process, as {@link #resume} does from one on disk.
     *
     * @param checkpoint a checkpoint that {@link #capture} of a trainer of the same task returned
     * @throws IllegalArgumentException as {@link #resume} does
     * @throws io.github.cloze4j.CheckpointFormatException if the checkpoint is of another model
     */
    public void restore(TrainingCheckpoint checkpoint) {
        guard.betweenRuns(() -> {
            goOnFrom(checkpoint);
            return this;
        });
    }

    /**
     * A copy, in the Java heap, of all that training goes on from: parameters, moments, and the place in the data. After a run
     * that has restored its best model the parameters are those of that model.
     */
    public TrainingCheckpoint capture() {
        return guard.betweenRuns(() -> checkpoints.capture(progress.state()));
    }

    private void goOnFrom(TrainingCheckpoint checkpoint) {
        TrainingState resumed = checkpoints.check(checkpoint);
        progress.goOnFrom(resumed, () -> checkpoints.restore(checkpoint, resumed))
                .ifPresent(LOG::warn);
        evaluations.forget();
        listeners.startAgain();
    }

    /**
     * Makes {@link #run} finish the current step, save, and return; gives up an evaluation. Any thread may call this. Without
     * a run it stops the next one before its first step.
     */
    public void requestStop() {
        stop.request();
    }

    /**
     * Trains until the budget is used, the run stops early, a stop is requested or the thread is interrupted. Then saves, and
     * evaluates unless a stop was requested. The save comes first, because the last evaluation may take long and the process
     * may be killed: a run that is {@link #resume}d then is evaluated. An evaluation that a stop broke off is made up for before
     * the next step. A run that was stopped can be run again, and goes on. With {@link ModelSelection#keepBest} a run that was
     * not stopped ends with the model of its best evaluation, evaluated again; the last checkpoint goes on from the last step.
     *
     * @throws io.github.cloze4j.DivergenceException if a loss or a gradient is not finite: the step is then not applied, and
     *     the trainer is as it was before it. Also if the model, or its score on held-out data, is not finite after a step:
     *     the model then stays as it is, but is not saved, and {@link #resume} goes back to the last checkpoint
     * @throws IllegalStateException if another thread runs this trainer or trains the model, or the model is closed
     * @throws io.github.cloze4j.Cloze4jException if another process or store saves to the same directory, a checkpoint cannot be
     *     written, or the best model does not give its value again when it is restored
     */
    public TrainingResult run() {
        return alone(() -> {
            checkpoints.lock();
            try {
                return train();
            } finally {
                checkpoints.unlock();
            }
        });
    }

    /**
     * Trains for some steps, or fewer if the budget is used or a stop is requested; tells the listeners of each step, but
     * neither evaluates nor saves. Between two calls the parameters may be changed, such as by averaging them with those of
     * other processes.
     *
     * @param steps at least 1
     * @return the steps done since the beginning of the whole run
     * @throws io.github.cloze4j.DivergenceException if a loss or a gradient is not finite, as {@link #run} does
     */
    public long runSteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("Expected at least 1 step. Received: " + steps);
        }
        return alone(() -> {
            begin();
            progress.clock().start();
            long last = progress.state().step + steps;
            while (progress.state().step < last && goesOn()) {
                queue.add(step());
            }
            queue.reportAll();
            return progress.state().step;
        });
    }

    private TrainingResult train() {
        begin();
        TrainingState state = progress.state();
        TrainingClock clock = progress.clock();
        if (state.evaluationOwed) {
            evaluations.evaluate(state);
        }
        timetable.saved();
        clock.start();
        double used = progress.used();
        while (goesOn()) {
            queue.add(step());
            double before = used;
            used = progress.used();
            // The last step is saved before it is evaluated.
            boolean evaluates = evaluations.exist() && used < 1 && timetable.evaluates(state.step, before, used);
            boolean saves = timetable.saves(state.step);
            if (evaluates || saves) {
                queue.reportAll();
            }
            clock.stop();
            if (evaluates) {
                evaluations.evaluate(state);
            }
            if (saves) {
                checkpoints.save(state);
            }
            clock.start();
        }
        queue.reportAll();
        clock.stop();
        checkpoints.save(state);
        boolean finished = isComplete() && evaluations.finish(state);
        TrainingResult result = progress.result(finished ? evaluations.atEnd() : null, !finished);
        listeners.end(result);
        return result;
    }

    /** Whether another step is to be taken. */
    private boolean goesOn() {
        return !stop.isGiven() && !isComplete();
    }

    private boolean isComplete() {
        return progress.used() >= 1 || evaluations.stopEarly(progress.state());
    }

    /** Makes the data and the gradients ready for the next step, and tells the listeners if it is the first of a run. */
    private void begin() {
        progress.rewind();
        // From here on the optimizer leaves them 0.
        parameters.zeroGradients();
        listeners.start(config, task.settings(), progress.state().step + 1);
    }

    /** Launches an optimizer step, and reads none of its results. */
    private QueuedStep step() {
        QueuedStep.Place before = progress.place();
        double learningRate = progress.learningRate();
        List<MicroBatch> microBatches = progress.nextMicroBatches();
        double[] scales = Scores.scales(task.losses(), microBatches);

        QueuedStep.Results results = kernels.asGraph(() -> {
            List<Pending<List<LossSum>>> losses = new ArrayList<>();
            for (MicroBatch microBatch : microBatches) {
                losses.add(microBatch.train(before.microBatch() + losses.size(), scales));
            }
            Pending<Double> squaredNorm =
                    kernels.squaredNorm(parameters.gradients().flat());
            Clipping clipping = GradientClipping.of(squaredNorm, config.maxGradientNorm(), config.optimizer());
            parts.optimizer().step(before.step() + 1, learningRate, clipping);
            return new QueuedStep.Results(losses, squaredNorm);
        });
        return progress.advance(before, microBatches, learningRate, results);
    }

    /** Takes steps as the only one who trains. If that fails, no step that was launched stays unread. */
    private <T> T alone(Supplier<T> work) {
        return guard.duringRun(() -> {
            try {
                return work.get();
            } catch (RuntimeException | Error e) {
                listeners.startAgain();
                queue.settle(e);
                throw e;
            } finally {
                progress.clock().stop();
            }
        });
    }

    /**
     * Frees what training took; the model stays open. A second call does nothing.
     *
     * @throws IllegalStateException if another thread or the caller's own runs this trainer; nothing is freed then
     */
    @Override
    public void close() {
        guard.close(parts::close);
    }
}
