package io.github.cloze4j.finetune;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.PassShape;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.random.Permutation;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.MicroBatch;
import io.github.cloze4j.train.MicroBatches;
import io.github.cloze4j.train.PassMicroBatch;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingTask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fine-tunes a {@link Bert} on labelled data (Devlin et al., 2019). Each epoch reads the examples in an order of its own, which
 * the seed decides; its last batch may have fewer examples than the others.
 */
public final class FineTuningTask implements TrainingTask {
    /** The purpose of the random numbers that decide the order. */
    private static final long EXAMPLE_ORDER = 0x4558414d;

    private final Bert model;
    private final FineTuningConfig config;
    private final LabelledData data;
    private final ExamplePacker packer;
    private final String checksum;
    private final String heldOutChecksum;
    private @Nullable TrainingPass pass;

    /**
     * Makes the task; takes no memory yet.
     *
     * @param model with the one head of the data; trained in place, not closed
     * @param padId the id of padding
     * @throws CorpusException if there is no example
     * @throws IllegalArgumentException if the model has another head, or the longest text does not fit into a row
     */
    public FineTuningTask(Bert model, FineTuningConfig config, LabelledData data, int padId) {
        this.model = model;
        this.config = config;
        this.data = data;
        model.config().requireSeqLen(config.seqLen());
        requireExamples();
        packer = new ExamplePacker(config.seqLen(), padId, model.config());
        checksum = ExamplesChecksum.of(data.training());
        heldOutChecksum = ExamplesChecksum.of(data.validation());
    }

    private void requireExamples() {
        if (data.training().isEmpty()) {
            throw new CorpusException("Expected examples to learn from. Received: none. Add labelled records");
        }
        if (model.heads().size() != 1) {
            throw new IllegalArgumentException("Expected a model with one head, for "
                    + data.head().kind().text() + ". Received: one with heads for " + model.losses());
        }
        int longest = IntStream.concat(lengths(data.training()), lengths(data.validation()))
                .max()
                .orElse(0);
        if (longest > config.seqLen()) {
            throw new IllegalArgumentException("Expected texts of at most " + config.seqLen()
                    + " tokens, a row's length. Received: one of " + longest + ". Encode them with that limit");
        }
    }

    private static IntStream lengths(List<LabelledTokens> examples) {
        return examples.stream().flatMap(example -> example.texts().stream()).mapToInt(text -> text.ids().length);
    }

    @Override
    public List<String> losses() {
        return model.losses();
    }

    @Override
    public ParameterStore parameters() {
        return model.parameters();
    }

    @Override
    public int layersAbove(String parameter) {
        return model.layersAbove(parameter);
    }

    @Override
    public MemoryPlan prepare(TrainingConfig training) {
        if (pass != null) {
            throw new IllegalStateException("Expected a task that no trainer uses. Received: a task of another trainer."
                    + " Make a task for each trainer");
        }
        MemoryPlan plan = MemoryPlan.requireFit(model, training, config.batchSize(), this::shape);
        pass = model.trainingPass(shape(config.batchSize()));
        return plan;
    }

    /** The shape of the largest batch of so many examples, of training and of validation. */
    private PassShape shape(int batchSize) {
        int rows = Math.max(packer.mostRows(data.training(), batchSize), packer.mostRows(data.validation(), batchSize));
        int targets = Math.max(
                ExamplePacker.mostTargets(data.training(), batchSize),
                ExamplePacker.mostTargets(data.validation(), batchSize));
        return new PassShape(rows, config.seqLen(), new int[] {targets}, config.recomputeActivations());
    }

    private TrainingPass pass() {
        if (pass == null) {
            throw new IllegalStateException("Expected a task that a trainer has prepared. Received: one before or after"
                    + " its training. Hand the task to a trainer");
        }
        return pass;
    }

    /** The number of batches of an epoch. */
    public long batchesOfEpoch() {
        return (data.training().size() + config.batchSize() - 1L) / config.batchSize();
    }

    @Override
    public MicroBatches training(BatchCursor from) {
        return new Epochs(from);
    }

    /** The training batches; a cursor counts examples. */
    private final class Epochs implements MicroBatches {
        private final TrainingPass trained = pass();
        private long epoch;
        private long position;
        private Permutation order;

        Epochs(BatchCursor from) {
            epoch = from.epoch();
            position = from.position();
            order = order(epoch);
        }

        @Override
        public MicroBatch next(double used) {
            int end = (int)
                    Math.min(position + config.batchSize(), data.training().size());
            List<LabelledTokens> examples = new ArrayList<>();
            for (; position < end; position++) {
                examples.add(data.training().get((int) order.apply(position)));
            }
            if (position == data.training().size()) {
                position = 0;
                order = order(++epoch);
            }
            return new PassMicroBatch(trained, packer.pack(examples), config.seed());
        }

        @Override
        public BatchCursor cursor() {
            return new BatchCursor(epoch, position);
        }

        @Override
        public double epochs() {
            return epoch + (double) position / data.training().size();
        }

        @Override
        public void close() {
            // Batches are made when they are asked for.
        }
    }

    private Permutation order(long epoch) {
        return new Permutation(
                data.training().size(),
                new RandomStream(
                        config.seed(), EXAMPLE_ORDER, epoch, data.training().size()));
    }

    @Override
    public Iterable<MicroBatch> validation() {
        if (data.validation().isEmpty()) {
            return List.of();
        }
        return new HeldOutBatches(data.validation(), config.batchSize(), packer, pass());
    }

    @Override
    public Iterable<MicroBatch> validationSample(long microBatchesTrained) {
        return validation();
    }

    @Override
    public Map<String, MetricGoal> metricGoals() {
        return data.metricGoals();
    }

    @Override
    public Optional<Map<String, Double>> metrics(Iterable<MicroBatch> scored, BooleanSupplier stop) {
        return data.answersWhileTraining(model, stop).map(HeldOutAnswers::metrics);
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("task", data.head().kind().text());
        settings.put("batch_size", Integer.toString(config.batchSize()));
        settings.put("seq_len", Integer.toString(config.seqLen()));
        settings.put("seed", Long.toString(config.seed()));
        settings.put("training_examples", Integer.toString(data.training().size()));
        settings.put("validation_examples", Integer.toString(data.validation().size()));
        settings.put("labels", String.join(", ", data.head().labels()));
        model.lora().ifPresent(lora -> settings.put("adapter", lora.describe()));
        settings.put("recompute_activations", Boolean.toString(config.recomputeActivations()));
        return settings;
    }

    @Override
    public Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>(settings());
        identity.remove("recompute_activations");
        identity.put("examples", "with checksum " + checksum);
        // The best model is the best on this data, and its value is checked when the model is restored.
        identity.put("held_out", "with checksum " + heldOutChecksum);
        return identity;
    }

    @Override
    public void close() {
        if (pass != null) {
            pass.close();
            pass = null;
        }
    }
}
