package io.github.cloze4j.train;

import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.nn.ParameterStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A task with metrics of its own; all else is that of another task. */
abstract class MeasuredTask implements TrainingTask {
    private final TrainingTask task;

    MeasuredTask(TrainingTask task) {
        this.task = task;
    }

    @Override
    public abstract Map<String, MetricGoal> metricGoals();

    @Override
    public abstract Optional<Map<String, Double>> metrics(Iterable<MicroBatch> scored, BooleanSupplier stop);

    @Override
    public List<String> losses() {
        return task.losses();
    }

    @Override
    public ParameterStore parameters() {
        return task.parameters();
    }

    @Override
    public MemoryPlan prepare(TrainingConfig config) {
        return task.prepare(config);
    }

    @Override
    public MicroBatches training(BatchCursor from) {
        return task.training(from);
    }

    @Override
    public Iterable<MicroBatch> validation() {
        return task.validation();
    }

    @Override
    public Iterable<MicroBatch> validationSample(long microBatchesTrained) {
        return task.validationSample(microBatchesTrained);
    }

    @Override
    public Map<String, String> settings() {
        return task.settings();
    }

    @Override
    public Map<String, String> identity() {
        return task.identity();
    }

    @Override
    public void close() {
        task.close();
    }
}
