package io.github.cloze4j.train;

import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.nn.ParameterStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A model with its data and its losses, for a {@link Trainer} to train. The trainer knows neither a batch nor a head; a task of
 * one's own is one class that implements this. Most of its methods run on the training thread.
 *
 * <p>One task is for one trainer, which closes it.
 */
public interface TrainingTask extends AutoCloseable {
    /** The names of the losses, such as {@code mlm}: the keys of every score. */
    List<String> losses();

    /** The parameters that are trained. */
    ParameterStore parameters();

    /**
     * The number of layers between a parameter and the output of the model, for {@link TrainingConfig#layerDecay}: 0 for a
     * head, 1 for the top layer of an encoder. 0 for all by default, so that all have the same learning rate.
     *
     * @param parameter the name of the parameter
     */
    default int layersAbove(String parameter) {
        return 0;
    }

    /**
     * Takes the memory that passes need. The trainer calls this once, before all other work. If this throws, it has taken
     * nothing, and the trainer does not close the task.
     *
     * @return the memory that training takes, the model, its gradients and the optimizer's moments included
     * @throws io.github.cloze4j.BackendException if it does not fit into the memory of the kernels
     * @throws IllegalStateException if another trainer has prepared the task
     */
    MemoryPlan prepare(TrainingConfig config);

    /**
     * Opens the training batches from a place on.
     *
     * @param from {@link BatchCursor#START}, or the cursor of a former stream of a task with the same {@link #identity}
     */
    MicroBatches training(BatchCursor from);

    /** The held-out batches, the same at every iteration; none if nothing is held out. */
    Iterable<MicroBatch> validation();

    /**
     * A part of the held-out batches, evenly spread, the same at every iteration: for evaluations while a run goes on, which
     * are to take a small share of its time. None if nothing is held out.
     *
     * @param microBatchesTrained how many the run trains on; {@link Long#MAX_VALUE} if that is not known
     */
    Iterable<MicroBatch> validationSample(long microBatchesTrained);

    /**
     * Whether evaluations select the best model and stop the run early, as {@link TrainingConfig#selection} says. A task whose losses
     * change on the way says no before its last part: figures of other losses cannot be compared.
     */
    default boolean evaluationsSelect() {
        return true;
    }

    /**
     * The task's own figures for held-out data and the direction in which each improves, by name such as {@code macro_f1}, in
     * the order in which logs and reports show them. None by default.
     */
    default Map<String, MetricGoal> metricGoals() {
        return Map.of();
    }

    /**
     * Computes the figures that {@link #metricGoals} names on held-out data. The trainer calls this after the losses of that
     * data are known and finite.
     *
     * @param scored the held-out data of the evaluation: what {@link #validation} or {@link #validationSample} returned
     * @param stop whether to give up; the computation looks at this at least every few batches
     * @return a value for each name, which may be NaN; empty if the computation was given up
     */
    default Optional<Map<String, Double>> metrics(Iterable<MicroBatch> scored, BooleanSupplier stop) {
        return Optional.of(Map.of());
    }

    /** The settings that decide what is trained on, by name: for logs, reports and cards. */
    Map<String, String> settings();

    /**
     * The settings and data that decide which batch follows a cursor, by name. Every checkpoint has them, and resuming demands
     * the same. This is called for each checkpoint; the first call may read all data.
     */
    Map<String, String> identity();

    /** Frees what {@link #prepare} took, not the model. A second call does nothing. */
    @Override
    void close();
}
