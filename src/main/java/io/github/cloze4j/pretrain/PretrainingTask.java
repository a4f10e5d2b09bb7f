package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pretrains a {@link Bert} on masked tokens, alone or with a question about pairs of texts. A run from documents to a model:
 *
 * <pre>{@code
 * PretrainingConfig config = PretrainingConfig.builder().seqLen(64).build();
 * try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
 *         Bert model = new Bert(Preset.TINY.config(vocabulary.size()), PretrainingHeads.of(config.objective()), kernels)) {
 *     model.initialize(config.seed(), Initialization.NORMAL);
 *     PretrainingTask task = new PretrainingTask(model, config, PretrainingData.of(documents, vocabulary));
 *     try (Trainer trainer = new Trainer(task, TrainingConfig.builder().steps(100).build(), null)) {
 *         trainer.run();
 *     }
 * }
 * }</pre>
 */
public final class PretrainingTask implements TrainingTask {
    private final Bert model;
    private final PretrainingConfig config;
    private final PretrainingData data;
    private final @Nullable HeldOutBatches heldOut;
    private @Nullable TrainingPass pass;

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
        model.config().requireTokenTypes(config.objective().hasPairs() ? 2 : 1);
        requireHeads();
        heldOut = data.validation() == null
                ? null
                : new HeldOutBatches(
                        data.validation(),
                        data.vocabulary(),
                        config.batchSize(),
                        config.seqLen(),
                        HeldOutBatches.DEFAULT_SEED,
                        config.objective());
    }

    /** A head that is never trained would only decay. */
    private void requireHeads() {
        List<String> expected = PretrainingHeads.losses(config.objective());
        if (!model.losses().equals(expected)) {
            throw new IllegalArgumentException("Expected a model with heads for the losses " + expected
                    + " of the objective " + config.objective() + ". Received: a model with heads for "
                    + model.losses() + ". Choose the objective that suits the model");
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
        TrainingPass trained = pass();
        BatchConfig batches = new BatchConfig(
                config.batchSize(),
                config.seqLen(),
                data.vocabulary().size(),
                SpecialTokens.of(data.vocabulary()),
                config.masking().strategy(config.maskProbability(), data.vocabulary()),
                config.tokenReplacement(),
                config.seed(),
                data.workers(),
                config.objective());
        BatchStream stream = new BatchStream(data.training(), batches, from);
        return new MicroBatches() {
            @Override
            public MicroBatch next() {
                return new PassMicroBatch(trained, stream.next(), config.seed());
            }

            @Override
            public BatchCursor cursor() {
                return stream.cursor();
            }

            @Override
            public double epochs() {
                return stream.epochs();
            }

            @Override
            public void close() {
                stream.close();
            }
        };
    }

    @Override
    public Iterable<MicroBatch> validation() {
        return heldOut == null ? List.of() : heldOut.all(pass());
    }

    @Override
    public Iterable<MicroBatch> validationSample(long microBatchesTrained) {
        return heldOut == null ? List.of() : heldOut.sample(pass(), (double) microBatchesTrained * config.batchSize());
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("batch_size", Integer.toString(config.batchSize()));
        settings.put("seq_len", Integer.toString(config.seqLen()));
        settings.put("objective", name(config.objective().name()));
        settings.put("masking", name(config.masking().name()));
        settings.put("mask_probability", Double.toString(config.maskProbability()));
        settings.put("mask_replace_probability", Double.toString(config.maskReplaceProbability()));
        settings.put("random_replace_probability", Double.toString(config.randomReplaceProbability()));
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
