package io.github.cloze4j.train;

import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.OneThread;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.GradientClipping;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains what a {@link TrainingTask} is about. {@link #step} is the algorithm; the rest decides when it ends, and when it is
 * reported, evaluated and saved. Kernels that compute beside the host get a step while they still compute the one before.
 *
 * <p>The same task, configuration and thread count give the same parameters to the last bit, also when the run is stopped and
 * {@link #resume}d; but not where the budget is a time.
 *
 * <p>One thread at a time uses a trainer, but for {@link #requestStop}, and one thread at a time trains a model: a second
 * one gets an {@link IllegalStateException}. Other threads may meanwhile infer with the model; each of their calls is
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
    private final MemoryPlan memory;
    private final AdamW optimizer;
    private final Timetable timetable;
    private final HeldOutScores heldOut;
    private final RunCheckpoints checkpoints;
    private final RunProgress progress;
    private final List<TrainingListener> listeners = new ArrayList<>();

    private final StepQueue queue;

    /** Whether the listeners know that a run goes on. */
    private boolean announced;

    private final StopSignal stop = new StopSignal();
    private final OneThread use =
            new OneThread("a trainer", "End its run with requestStop() and wait until run() has returned");

    /**
     * Takes all memory that training takes.
     *
     * @param task what is trained, in place; the trainer closes the task, but not its model
     * @param checkpoints where to save, and what {@link #resume} reads; null saves nothing
     * @throws io.github.cloze4j.CorpusException if there is nothing to train on or to score
     * @throws io.github.cloze4j.BackendException if it does not fit into the memory of the kernels, naming the largest batch
     *     that does
     */
    public Trainer(TrainingTask task, TrainingConfig config, @Nullable CheckpointStore checkpoints) {
        this.task = task;
        this.config = config;
        parameters = task.parameters();
        kernels = parameters.kernels();
        timetable = new Timetable(config);
        RunProgress begun = null;
        try {
            memory = task.prepare(config);
            heldOut = new HeldOutScores(task, config);
            begun = new RunProgress(task, config);
            optimizer = config.newOptimizer(parameters);
        } catch (RuntimeException | Error e) {
            // Nobody can close a trainer that was never made.
            if (begun != null) {
                begun.close();
            }
            task.close();
            throw e;
        }
        progress = begun;
        queue = new StepQueue(task.losses(), progress);
        this.checkpoints = new RunCheckpoints(checkpoints, new TrainingSnapshot(parameters, optimizer, task::identity));
    }

    /** The memory that training takes, the model included. */
    public MemoryPlan memory() {
        return memory;
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
        return use.run(() -> parameters.training().run(this::resumeLatest));
    }

    private Optional<Long> resumeLatest() {
        Optional<TrainingCheckpoint> latest = checkpoints.latest();
        latest.ifPresent(checkpoint -> {
            goOnFrom(checkpoint);
            checkpoints.saved(checkpoint);
        });
        return latest.map(TrainingCheckpoint::step);
    }

    /**
     * Goes on from a checkpoint that is in memory, such as that of another process, as {@link #resume} does from one on disk.
     *
     * @param checkpoint what {@link #capture} returned of a trainer of the same task
     */
    public void restore(TrainingCheckpoint checkpoint) {
        use.run(() -> parameters.training().run(() -> {
            goOnFrom(checkpoint);
            return this;
        }));
    }

    /** A copy, in the Java heap, of all that training goes on from: parameters, moments, and the place in the data. */
    public TrainingCheckpoint capture() {
        return use.run(() -> parameters.training().run(() -> checkpoints.capture(progress.state())));
    }

    private void goOnFrom(TrainingCheckpoint checkpoint) {
        TrainingState resumed = checkpoints.check(checkpoint);
        progress.goOnFrom(resumed, () -> checkpoints.restore(checkpoint)).ifPresent(LOG::warn);
        queue.clear();
        announced = false;
    }

    /**
     * Makes {@link #run} finish the current step, save, and return; gives up an evaluation. Any thread may call this. Without
     * a run it stops the next one before its first step.
     */
    public void requestStop() {
        stop.request();
    }

    /**
     * Trains until the budget is used, a stop is requested or the thread is interrupted. Then saves, and evaluates if the
     * budget is used. The save comes first, because the last evaluation may take long and the process may be killed: a run
     * that is {@link #resume}d then is evaluated. An evaluation that a stop broke off is made up for before the next step.
     * A run that was stopped can be run again, and goes on.
     *
     * @throws io.github.cloze4j.DivergenceException if a loss, a gradient or the model is not finite. Such a step is not
     *     applied and not saved; the trainer is then as it was before it
     * @throws IllegalStateException if another thread runs this trainer or trains the model, or the model is closed
     * @throws io.github.cloze4j.Cloze4jException if another process or store saves to the same directory, or a checkpoint
     *     cannot be written
     */
    public TrainingResult run() {
        return alone(() -> {
            try {
                checkpoints.lock();
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
     * @throws DivergenceException as {@link #run} does
     */
    public long runSteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("Expected at least 1 step. Received: " + steps);
        }
        return alone(() -> {
            if (!announced) {
                announce();
            }
            parameters.zeroGradients();
            progress.clock().start();
            long last = progress.state().step + steps;
            while (progress.state().step < last && !stop.isGiven() && progress.used() < 1) {
                QueuedStep step = step();
                report();
                queue.put(step);
                if (step.isReady()) {
                    report();
                }
            }
            report();
            return progress.state().step;
        });
    }

    /** Runs work on the only thread that trains, with its stop signal; takes back a step that was not applied. */
    private <T> T alone(Supplier<T> work) {
        return use.run(() -> parameters.training().run(() -> {
            stop.begin();
            try {
                return work.get();
            } catch (DivergenceException e) {
                queue.takeBack();
                throw e;
            } finally {
                progress.clock().stop();
                stop.end();
            }
        }));
    }

    private void announce() {
        announced = true;
        tell(listener -> listener.onStart(config, task.settings(), progress.state().step + 1));
    }

    private TrainingResult train() {
        announce();
        TrainingState state = progress.state();
        TrainingClock clock = progress.clock();
        // From here on the optimizer leaves them 0.
        parameters.zeroGradients();
        if (state.evaluationOwed) {
            state.evaluationOwed = !heldOut.scoreSample(state.step, stop::isGiven, listeners);
        }
        timetable.saved();
        clock.start();
        double used = progress.used();
        while (!stop.isGiven() && progress.used() < 1) {
            QueuedStep step = step();
            // While a device computes this step, the one before is reported.
            report();
            queue.put(step);
            double before = used;
            used = progress.used();
            // The last step is saved before it is evaluated.
            boolean evaluates = heldOut.exist() && used < 1 && timetable.evaluates(state.step, before, used);
            boolean saves = timetable.saves(state.step);
            if (step.isReady() || evaluates || saves) {
                report();
            }
            clock.stop();
            if (evaluates) {
                state.evaluationOwed = !heldOut.scoreSample(state.step, stop::isGiven, listeners);
            }
            if (saves) {
                save();
            }
            clock.start();
        }
        report();
        clock.stop();
        save();
        boolean stopped = progress.used() < 1 || !heldOut.scoreAll(state.step, stop::isGiven, listeners);
        TrainingResult result = result(stopped);
        announced = false;
        tell(listener -> listener.onEnd(result));
        return result;
    }

    /** Launches an optimizer step, and reads none of its results. */
    private QueuedStep step() {
        QueuedStep.Place before = progress.place();
        double learningRate = progress.learningRate();
        List<MicroBatch> microBatches = progress.nextMicroBatches();
        double[] scales = Scores.scales(task.losses(), microBatches);

        QueuedStep.Results results = kernels.inOnePiece(() -> {
            List<Pending<List<LossSum>>> losses = new ArrayList<>();
            for (MicroBatch microBatch : microBatches) {
                losses.add(microBatch.train(before.microBatch() + losses.size(), scales));
            }
            Pending<Double> squaredNorm =
                    kernels.squaredNorm(parameters.gradients().flat());
            Clipping clipping = GradientClipping.of(squaredNorm, config.maxGradientNorm(), config.optimizer());
            optimizer.step(before.step() + 1, learningRate, clipping);
            return new QueuedStep.Results(losses, squaredNorm);
        });
        return progress.advance(before, microBatches, learningRate, results);
    }

    /** Tells the listeners of the step in the queue, if there is one. */
    private void report() {
        StepReport report = queue.read();
        if (report != null) {
            tell(listener -> listener.onStep(report));
        }
    }

    private void save() {
        TrainingState state = progress.state();
        Divergence.requireFiniteModel(parameters, optimizer, state.step);
        checkpoints.save(state).ifPresent(path -> {
            timetable.saved();
            tell(listener -> listener.onCheckpoint(state.step, path));
        });
    }

    private TrainingResult result(boolean stopped) {
        TrainingState state = progress.state();
        return new TrainingResult(
                state.step,
                state.tokens,
                state.seconds,
                progress.tokensPerSecond(),
                state.recentLosses.mean(),
                heldOut.ofAll(state.step),
                stopped);
    }

    private void tell(Consumer<TrainingListener> event) {
        listeners.forEach(event);
    }

    /**
     * Frees what training took; the model stays open.
     *
     * @throws IllegalStateException if another thread runs this trainer; nothing is freed then
     */
    @Override
    public void close() {
        use.run(() -> {
            progress.close();
            optimizer.close();
            task.close();
            return this;
        });
    }
}
