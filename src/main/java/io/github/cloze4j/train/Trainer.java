package io.github.cloze4j.train;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.OneThread;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.model.MlmLoss;
import io.github.cloze4j.model.MlmPass;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.GradientClipping;
import io.github.cloze4j.optim.LearningRateSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pretrains a {@link BertForMaskedLm}. {@link #step} is the algorithm; the rest decides when it ends, and when it is
 * reported, evaluated and saved. Kernels that compute beside the host get a step while they still compute the one before.
 *
 * <p>The same model, data, configuration in steps and thread count give the same parameters to the last bit, also when the
 * run is stopped and {@link #resume}d.
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

    private final ParameterStore parameters;
    private final Kernels kernels;
    private final TrainingConfig config;
    private final TrainingData data;
    private final Budget budget;
    private final LearningRateSchedule schedule;
    private final AdamW optimizer;
    private final MemoryPlan memory;
    private final MlmPass pass;
    private final Timetable timetable;
    private final HeldOutScores heldOut;
    private final RunCheckpoints checkpoints;
    private final List<TrainingListener> listeners = new ArrayList<>();

    private TrainingState state = new TrainingState();
    private TrainingClock clock = new TrainingClock(0);
    private BatchStream batches;
    private @Nullable QueuedStep queued;
    private long processTokens;
    private final StopSignal stop = new StopSignal();
    private final OneThread use =
            new OneThread("a trainer", "End its run with requestStop() and wait until run() has returned");

    /**
     * Plans all memory that training takes.
     *
     * @param model initialized or loaded, with a vocabulary of at least the data's size; trained in place, not closed
     * @param checkpoints where to save, and what {@link #resume} reads; null saves nothing
     * @throws io.github.cloze4j.CorpusException if there is nothing to train on or to score
     * @throws io.github.cloze4j.BackendException if it does not fit into the memory of the kernels, naming the largest batch
     *     that does
     * @throws IllegalArgumentException if the objective has pairs and the model no head or no token types for them, or has
     *     a head that the objective does not train
     */
    public Trainer(
            BertForMaskedLm model, TrainingConfig config, TrainingData data, @Nullable CheckpointStore checkpoints) {
        this.config = config;
        this.data = data;
        // Reads documents that are in memory, for checkpoints only.
        long dataChecksum = checkpoints == null ? 0 : data.training().checksum();
        parameters = model.parameters();
        kernels = parameters.kernels();
        budget = new Budget(config);
        schedule = config.learningRateSchedule();
        model.config().requireVocabulary(data.vocabulary().size());
        model.requireObjective(config.objective());
        heldOut = new HeldOutScores(data, config);
        timetable = new Timetable(config);
        batches = data.batches(config, BatchCursor.START);
        MlmPass planned = null;
        try {
            int maxMasked = Math.max(batches.maxMasked(), heldOut.maxMasked());
            // Both are the same number for each row.
            memory = MemoryPlan.ofTraining(model, config, maxMasked / config.batchSize());
            planned = model.plan(config.batchSize(), config.seqLen(), maxMasked, config.recomputeActivations());
            optimizer = new AdamW(
                    parameters,
                    config.optimizer(),
                    config.beta1(),
                    config.beta2(),
                    config.epsilon(),
                    config.weightDecay());
        } catch (RuntimeException | Error e) {
            // Nobody can close a trainer that was never made.
            batches.close();
            if (planned != null) {
                planned.close();
            }
            throw e;
        }
        pass = planned;
        this.checkpoints =
                new RunCheckpoints(checkpoints, new TrainingSnapshot(parameters, optimizer, config, dataChecksum));
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
     * @throws IllegalArgumentException if the documents are not those that the run was trained on, the configuration
     *     would read them otherwise, or its budget ends before the steps done
     * @throws io.github.cloze4j.CheckpointFormatException if all checkpoints are damaged, or are of another model
     */
    public Optional<Long> resume() {
        return use.run(() -> parameters.training().run(this::resumeLatest));
    }

    private Optional<Long> resumeLatest() {
        Optional<TrainingCheckpoint> latest = checkpoints.latest();
        latest.ifPresent(checkpoint -> {
            TrainingState resumed = checkpoints.check(checkpoint);
            BudgetOnResume.require(resumed, config);
            BatchStream rest = data.batches(config, resumed.cursor);
            batches.close();
            batches = rest;
            checkpoints.restore(checkpoint);
            state = resumed;
            clock = new TrainingClock(state.seconds);
            processTokens = 0;
            BudgetOnResume.jump(state, config, schedule.at(progress())).ifPresent(LOG::warn);
        });
        return latest.map(TrainingCheckpoint::step);
    }

    /** Makes {@link #run} finish the current step, save, and return; gives up an evaluation. Any thread may call this. */
    public void requestStop() {
        stop.request();
    }

    /**
     * Trains until the budget is used, a stop is requested or the thread is interrupted. Then saves, and evaluates if the
     * budget is used. The save comes first, because the last evaluation may take long and the process may be killed: a run
     * that is {@link #resume}d then is evaluated. An evaluation that a stop broke off is made up for before the next step.
     *
     * @throws io.github.cloze4j.DivergenceException if a loss, a gradient or the model is not finite; that step is not saved
     * @throws IllegalStateException if another thread runs this trainer or trains the model, or the model is closed
     * @throws io.github.cloze4j.Cloze4jException if another process or store saves to the same directory, or a checkpoint
     *     cannot be written
     */
    public TrainingResult run() {
        return use.run(() -> parameters.training().run(() -> {
            stop.begin();
            try {
                checkpoints.lock();
                return train();
            } finally {
                checkpoints.unlock();
                stop.end();
            }
        }));
    }

    private TrainingResult train() {
        tell(listener -> listener.onStart(config, state.step + 1));
        // From here on the optimizer leaves them 0.
        parameters.zeroGradients();
        if (state.evaluationOwed) {
            state.evaluationOwed = !heldOut.scoreSample(state.step, pass, stop::isGiven, listeners);
        }
        timetable.saved();
        clock.start();
        double used = progress();
        while (!stop.isGiven() && !budgetUsed()) {
            QueuedStep step = step();
            // While a device computes this step, the one before is reported.
            report();
            queued = step;
            double before = used;
            used = progress();
            // The last step is saved before it is evaluated.
            boolean evaluates = heldOut.exist() && used < 1 && timetable.evaluates(state.step, before, used);
            boolean saves = timetable.saves(state.step);
            if (step.isReady() || evaluates || saves) {
                report();
            }
            clock.stop();
            if (evaluates) {
                state.evaluationOwed = !heldOut.scoreSample(state.step, pass, stop::isGiven, listeners);
            }
            if (saves) {
                Divergence.requireFiniteModel(parameters, optimizer, state.step);
                save();
            }
            clock.start();
        }
        report();
        clock.stop();
        Divergence.requireFiniteModel(parameters, optimizer, state.step);
        save();
        boolean stopped = !budgetUsed() || !heldOut.scoreAll(state.step, pass, stop::isGiven, listeners);
        TrainingResult result = result(stopped);
        tell(listener -> listener.onEnd(result));
        return result;
    }

    /** Launches an optimizer step, and reads none of its results. */
    private QueuedStep step() {
        BatchCursor cursor = state.cursor;
        double rate = schedule.at(progress());
        List<MlmBatch> microBatches = nextMicroBatches();
        double maskedScale =
                1.0 / microBatches.stream().mapToLong(MlmBatch::masked).sum();
        double pairScale = 1.0
                / Math.max(1, microBatches.stream().mapToLong(MlmBatch::pairs).sum());
        long firstMicroBatch = state.microBatch;

        QueuedStep.Results results = kernels.inOnePiece(() -> {
            List<Pending<MlmLoss>> losses = new ArrayList<>();
            for (MlmBatch batch : microBatches) {
                long microBatch = firstMicroBatch + losses.size();
                losses.add(pass.forwardBackward(batch, config.seed(), microBatch, maskedScale, pairScale));
            }
            Pending<Double> squaredNorm =
                    kernels.squaredNorm(parameters.gradients().flat());
            Clipping clipping = GradientClipping.of(squaredNorm, config.maxGradientNorm(), config.optimizer());
            optimizer.step(state.step + 1, rate, clipping);
            return new QueuedStep.Results(losses, squaredNorm);
        });

        long tokens = microBatches.stream().mapToLong(MlmBatch::realTokens).sum();
        state.step++;
        state.schedule = budget.describe();
        state.learningRate = rate;
        state.microBatch += microBatches.size();
        state.tokens += tokens;
        state.cursor = batches.cursor();
        processTokens += tokens;
        return new QueuedStep(
                state.step, cursor, firstMicroBatch, results, rate, progress(), state.tokens, processTokens);
    }

    /** Reads the results of the queued step, if there is one, and tells the listeners. */
    private void report() {
        QueuedStep step = queued;
        if (step != null) {
            queued = null;
            StepReport report = step.read(clock);
            state.seconds = report.elapsedSeconds();
            state.recentLosses.add(report.loss());
            tell(listener -> listener.onStep(report));
        }
    }

    private List<MlmBatch> nextMicroBatches() {
        List<MlmBatch> microBatches = new ArrayList<>(config.accumulate());
        for (int i = 0; i < config.accumulate(); i++) {
            microBatches.add(batches.next());
        }
        return microBatches;
    }

    /** The share of the budget that is used. */
    private double progress() {
        return budget.used(state.step, clock);
    }

    private boolean budgetUsed() {
        return progress() >= 1;
    }

    private void save() {
        checkpoints.save(state).ifPresent(path -> {
            timetable.saved();
            tell(listener -> listener.onCheckpoint(state.step, path));
        });
    }

    private TrainingResult result(boolean stopped) {
        return new TrainingResult(
                state.step,
                state.tokens,
                state.seconds,
                tokensPerSecond(),
                state.recentLosses.mean(),
                heldOut.ofAll(state.step),
                stopped);
    }

    private double tokensPerSecond() {
        if (processTokens > 0) {
            return processTokens / clock.processSeconds();
        }
        return state.seconds > 0 ? state.tokens / state.seconds : 0;
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
            batches.close();
            optimizer.close();
            pass.close();
            return this;
        });
    }
}
