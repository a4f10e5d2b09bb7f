package io.github.cloze4j.train;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.PassShape;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.random.RandomStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A task as users write one: the class of a token is the remainder of the id of the token before it. */
final class ToyTask implements TrainingTask {
    static final int ROWS = 4;
    static final int SEQ_LEN = 6;
    static final int CLASSES = 3;
    static final int VOCABULARY = 12;

    private static final int BATCHES_OF_AN_EPOCH = 16;
    private static final long TRAINING = 1;
    private static final long HELD_OUT = 2;

    private final Bert model;
    private final long seed;
    private @Nullable TrainingPass pass;

    ToyTask(Bert model, long seed) {
        this.model = model;
        this.seed = seed;
    }

    private static PassShape shape(int rows) {
        return new PassShape(rows, SEQ_LEN, new int[] {rows * SEQ_LEN}, false);
    }

    static Bert model(Kernels kernels, int hidden, double dropout, double initializerRange) {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(hidden)
                .numAttentionHeads(2)
                .intermediateSize(hidden)
                .maxPositionEmbeddings(SEQ_LEN)
                .initializerRange(initializerRange)
                .dropout(dropout)
                .build();
        Bert model = new Bert(shape, List.of(ToyHead.of(CLASSES)), kernels);
        model.initialize(5, Initialization.NORMAL);
        return model;
    }

    /** A batch of random tokens with targets at random places, the first of a row left out. */
    static Batch batch(long seed, long purpose, long number) {
        RandomStream random = new RandomStream(seed, purpose, number, 0);
        int tokens = ROWS * SEQ_LEN;
        int[] ids =
                IntStream.range(0, tokens).map(i -> random.nextInt(VOCABULARY)).toArray();
        int[] rows = IntStream.range(0, tokens)
                .filter(i -> i % SEQ_LEN != 0 && (random.nextInt(2) == 0 || i == tokens - 1))
                .toArray();
        int[] labels = IntStream.of(rows).map(row -> ids[row - 1] % CLASSES).toArray();
        return new Batch(
                ROWS,
                SEQ_LEN,
                ids,
                new int[tokens],
                IntStream.range(0, tokens).map(i -> i % SEQ_LEN).toArray(),
                Documents.bidirectional(
                        IntStream.rangeClosed(0, ROWS).map(row -> row * SEQ_LEN).toArray()),
                tokens,
                List.of(new Targets(rows, labels)));
    }

    private PassMicroBatch microBatch(long purpose, long number) {
        return new PassMicroBatch(Objects.requireNonNull(pass), batch(seed, purpose, number), seed);
    }

    @Override
    public int layersAbove(String parameter) {
        return model.layersAbove(parameter);
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
    public MemoryPlan prepare(TrainingConfig config) {
        MemoryPlan plan = MemoryPlan.requireFit(model, config, ROWS, ToyTask::shape);
        pass = model.trainingPass(shape(ROWS));
        return plan;
    }

    @Override
    public MicroBatches training(BatchCursor from) {
        return new MicroBatches() {
            private long number = from.epoch() * BATCHES_OF_AN_EPOCH + from.position();

            @Override
            public MicroBatch next(double used) {
                return microBatch(TRAINING, number++ % BATCHES_OF_AN_EPOCH);
            }

            @Override
            public BatchCursor cursor() {
                return new BatchCursor(number / BATCHES_OF_AN_EPOCH, number % BATCHES_OF_AN_EPOCH);
            }

            @Override
            public double epochs() {
                return (double) number / BATCHES_OF_AN_EPOCH;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Iterable<MicroBatch> validation() {
        return List.of(microBatch(HELD_OUT, 0), microBatch(HELD_OUT, 1));
    }

    @Override
    public Iterable<MicroBatch> validationSample(long microBatchesTrained) {
        return List.of(microBatch(HELD_OUT, 0));
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("toy_classes", Integer.toString(CLASSES));
    }

    @Override
    public Map<String, String> identity() {
        return Map.of("toy_seed", Long.toString(seed));
    }

    @Override
    public void close() {
        if (pass != null) {
            pass.close();
            pass = null;
        }
    }
}
