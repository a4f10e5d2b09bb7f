package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.MicroBatch;
import io.github.cloze4j.train.MicroBatches;
import io.github.cloze4j.train.PassMicroBatch;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingTask;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pretrains a {@link Bert} on masked words, alone or with a question about pairs of texts, on the next word, or on several
 * objectives one after the other. A run from documents to a model:
 *
 * <pre>{@code
 * PretrainingConfig config = PretrainingConfig.builder().seqLen(64).build();
 * try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
 *         Bert model = new Bert(Preset.TINY.config(vocabulary.size()), PretrainingHeads.of(config.objectives()), kernels)) {
 *     model.initialize(config.seed(), Initialization.NORMAL);
 *     PretrainingTask task = new PretrainingTask(model, config, PretrainingData.of(documents, vocabulary));
 *     try (Trainer trainer = new Trainer(task, TrainingConfig.builder().steps(100).build(), null)) {
 *         trainer.run();
 *     }
 * }
 * }</pre>
 */
public final class PretrainingTask implements TrainingTask {
    private static final Logger LOG = LoggerFactory.getLogger(PretrainingTask.class);

    private final Bert model;
    private final PretrainingConfig config;
    private final PretrainingData data;
    /** For each objective; empty if nothing is held out. */
    private final Map<Objective, HeldOutBatches> heldOut = new EnumMap<>(Objective.class);

    private @Nullable TrainingPass pass;
    /** The number of the stage that is trained. */
    private int stage;

    /**
     * Makes the task; takes no memory yet.
     *
     * @param model initialized or loaded, with the heads of the objective and a vocabulary of at least the data's size; trained
     *     in place, not closed
     * @throws io.github.cloze4j.CorpusException if there is nothing to score
     * @throws IllegalArgumentException if the model has other heads than the objective trains, or no token types for its pairs,
     *     or fewer positions than a row has tokens
     */
    public PretrainingTask(Bert model, PretrainingConfig config, PretrainingData data) {
        this.model = model;
        this.config = config;
        this.data = data;
        model.config().requireVocabulary(data.vocabulary().size());
        model.config().requireSeqLen(config.seqLen());
        model.config().requireTokenTypes(config.objectives().tokenTypes());
        requireModel();
        TokenDocuments validation = data.validation();
        if (validation != null) {
            config.objectives()
                    .objectives()
                    .forEach(objective -> heldOut.put(objective, heldOut(validation, objective)));
        }
    }

    private HeldOutBatches heldOut(TokenDocuments validation, Objective objective) {
        return new HeldOutBatches(
                validation,
                data.vocabulary(),
                config.batchSize(),
                config.seqLen(),
                HeldOutBatches.DEFAULT_SEED,
                objective,
                config.objectives().addedTokens());
    }

    /** A head that is never trained would only decay; a model that reads other than it was trained would be wrong. */
    private void requireModel() {
        List<String> expected = PretrainingHeads.losses(config.objectives());
        if (!model.losses().equals(expected)) {
            throw new IllegalArgumentException("Expected a model with heads for the losses " + expected
                    + " of the objective " + config.objectives() + ". Received: a model with heads for "
                    + model.losses() + ". Choose the objective that suits the model");
        }
        if (!PretrainingHeads.config(model.config(), config.objectives()).equals(model.config())) {
            throw new IllegalArgumentException("Expected a model whose isDecoder is "
                    + !model.config().isDecoder() + " for the objective " + config.objectives() + ". Received: "
                    + model.config().isDecoder() + ". Make the model with PretrainingHeads.config");
        }
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
        MemoryPlan plan = PretrainingMemory.ofTraining(model, config, training, data.vocabulary());
        pass = model.trainingPass(PretrainingMemory.shape(config, data.vocabulary()));
        return plan;
    }

    private TrainingPass pass() {
        if (pass == null) {
            throw new IllegalStateException("Expected a task that a trainer has prepared. Received: one before or after"
                    + " its training. Hand the task to a trainer");
        }
        return pass;
    }

    @Override
    public MicroBatches training(BatchCursor from) {
        return new Stages(pass(), from);
    }

    /**
     * The batches of one objective after the other. All objectives read the same rows, so that the place in the data stays when
     * the objective changes.
     */
    private final class Stages implements MicroBatches {
        private final TrainingPass trained;
        private BatchStream stream;

        Stages(TrainingPass trained, BatchCursor from) {
            this.trained = trained;
            stage = from.stage();
            stream = open(from);
        }

        private BatchStream open(BatchCursor from) {
            BatchConfig batches = new BatchConfig(
                    config.batchSize(),
                    config.seqLen(),
                    data.vocabulary().size(),
                    SpecialTokens.of(data.vocabulary()),
                    config.masking().strategy(config.maskProbability(), data.vocabulary()),
                    config.tokenReplacement(),
                    config.seed(),
                    data.workers(),
                    objective(),
                    config.clmShare(),
                    config.objectives().addedTokens());
            return new BatchStream(data.training(), batches, from);
        }

        @Override
        public MicroBatch next(double used) {
            int due = config.objectives().stageAt(used);
            if (due > stage) {
                LOG.info(
                        "The objective changes from {} to {}",
                        objective().text(),
                        config.objectives().objective(due).text());
                stage = due;
                BatchCursor here = stream.cursor();
                stream.close();
                stream = open(here);
            }
            Batch batch = PretrainingHeads.forHeads(model.losses(), objective(), stream.next());
            return new PassMicroBatch(trained, batch, config.seed());
        }

        @Override
        public BatchCursor cursor() {
            return stream.cursor().inStage(stage);
        }

        @Override
        public double epochs() {
            return stream.epochs();
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    /** The objective that is trained. */
    private Objective objective() {
        return config.objectives().objective(stage);
    }

    /** The best model is one of the last objective, which decides what the model is for. */
    @Override
    public boolean evaluationsSelect() {
        return stage == config.objectives().stages().size() - 1;
    }

    /** Of the objective that is trained when they are asked for. */
    @Override
    public Iterable<MicroBatch> validation() {
        return heldOut(batches -> batches.all(pass()));
    }

    /** Of the objective that is trained when they are asked for. */
    @Override
    public Iterable<MicroBatch> validationSample(long microBatchesTrained) {
        double rows = (double) microBatchesTrained * config.batchSize();
        return heldOut(batches -> batches.sample(pass(), rows));
    }

    private Iterable<MicroBatch> heldOut(Function<HeldOutBatches, Iterable<MicroBatch>> part) {
        return heldOut.isEmpty()
                ? List.of()
                : () -> part.apply(Objects.requireNonNull(heldOut.get(objective())))
                        .iterator();
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("batch_size", Integer.toString(config.batchSize()));
        settings.put("seq_len", Integer.toString(config.seqLen()));
        settings.put("objective", config.objectives().toString());
        if (config.objectives().masks()) {
            settings.put("masking", name(config.masking().name()));
            settings.put("mask_probability", Double.toString(config.maskProbability()));
            settings.put("mask_replace_probability", Double.toString(config.maskReplaceProbability()));
            settings.put("random_replace_probability", Double.toString(config.randomReplaceProbability()));
        }
        if (config.objectives().predictsNext()) {
            settings.put("clm_share", Double.toString(config.clmShare()));
        }
        settings.put("seed", Long.toString(config.seed()));
        model.lora().ifPresent(lora -> settings.put("adapter", lora.describe()));
        settings.put("recompute_activations", Boolean.toString(config.recomputeActivations()));
        return settings;
    }

    private static String name(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>(settings());
        identity.remove("recompute_activations");
        identity.put(
                "documents", String.format("with checksum %08x", data.training().checksum()));
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
