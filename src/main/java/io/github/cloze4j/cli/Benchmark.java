package io.github.cloze4j.cli;

import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.StepFlop;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingMemory;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Times whole training steps, data included, on random tokens without padding. */
@Command(
        name = "benchmark",
        description = "Time whole training steps on random tokens: rows without padding, 15 %% masked.",
        defaultValueProvider = LibraryDefaults.class)
final class Benchmark extends CliCommand {
    private static final int FIRST_WORD = 5;
    private static final int SPECIALS_OF_A_ROW = 2;
    private static final int MAXIMUM_STEPS = 1_000_000;

    /** Longer runs read the same rows again, in another order. */
    private static final int MAXIMUM_TOKENS = 1 << 22;

    private static final double GIGA = 1e9;
    private static final double TERA = 1e12;
    private static final double MILLIS = 1e3;

    @Mixin
    private final ModelOptions shape = new ModelOptions();

    @Mixin
    private final LoraOptions adapter = new LoraOptions();

    @Mixin
    private final BackendOptions backend = new BackendOptions();

    @Option(
            names = "--vocab-size",
            paramLabel = "N",
            defaultValue = "30522",
            description = "Tokens of the vocabulary (default: ${DEFAULT-VALUE}).")
    private int vocabularySize;

    @Option(names = "--seq-len", paramLabel = "N", description = "Tokens of a row (default: ${DEFAULT-VALUE}).")
    private int seqLen;

    @Option(names = "--batch-size", paramLabel = "N", description = "Rows of a step (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "10",
            description = "Steps to time (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            description = "adamw, bert or muon, as of pretrain (default: ${DEFAULT-VALUE}).")
    private OptimizerKind optimizer = OptimizerKind.ADAMW;

    @Option(
            names = "--recompute-activations",
            description =
                    "Compute activations again in backward instead of keeping them, as pretrain does when asked to.")
    private boolean recomputeActivations;

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        if (vocabularySize <= FIRST_WORD) {
            throw usage("Expected --vocab-size above " + FIRST_WORD + ". Received: " + vocabularySize);
        }
        if (steps < 1 || steps > MAXIMUM_STEPS) {
            throw usage("Expected --steps from 1 to " + MAXIMUM_STEPS + ". Received: " + steps);
        }
        BertConfig config = fromOptions(() -> {
            BertConfig wanted = shape.config(vocabularySize);
            wanted.requireSeqLen(seqLen);
            return wanted;
        });
        fromOptions(adapter::lora);
        PretrainingConfig pretraining = pretraining();
        try (Kernels kernels = backend.create()) {
            console.say("kernels: " + kernels.describe());
            MemoryPlan memory = PretrainingMemory.ofTraining(
                    BertMemory.of(
                            config,
                            PretrainingHeads.of(pretraining.objectives()),
                            adapter::trains,
                            adapter.lora().orElse(null),
                            kernels),
                    pretraining,
                    training(steps),
                    vocabulary());
            console.say("memory: " + memory.describe());
            return measure(config, pretraining, kernels);
        }
    }

    private Map<String, @Nullable Object> measure(BertConfig config, PretrainingConfig pretraining, Kernels kernels)
            throws IOException {
        StepTimes times = timeSteps(config, pretraining, kernels);
        double seconds = times.seconds();
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("step_ms_median", times.median() * MILLIS);
        fields.put("tokens_per_second", (double) batchSize * seqLen / seconds);
        if (adapter.lora().isEmpty()) {
            fields.putAll(products(config, pretraining, kernels, seconds));
        }
        fields.put("first_step_seconds", times.firstStepSeconds());
        fields.put("peak_rss_mb", Machine.peakResidentMegabytes());
        return fields;
    }

    /** The matrix products of a step that trains the whole model; a step of an adapter has others. */
    private Map<String, Double> products(
            BertConfig config, PretrainingConfig pretraining, Kernels kernels, double seconds) {
        int masked =
                batchSize * Math.max(1, (int) Math.round(pretraining.maskProbability() * (seqLen - SPECIALS_OF_A_ROW)));
        double flop = StepFlop.of(config, batchSize, seqLen, masked);
        double peak = GemmPeak.measure(kernels, backend.type());
        Map<String, Double> fields = new LinkedHashMap<>();
        fields.put("gflop_per_step", flop / GIGA);
        fields.put("model_tflops", flop / TERA / seconds);
        fields.put("gemm_peak_gflops", peak);
        fields.put("gemm_fraction", flop / GIGA / seconds / peak);
        return fields;
    }

    private PretrainingConfig pretraining() {
        return fromOptions(() -> PretrainingConfig.builder()
                .seqLen(seqLen)
                .batchSize(batchSize)
                .recomputeActivations(recomputeActivations)
                .build());
    }

    private TrainingConfig training(int allSteps) {
        return TrainingConfig.builder().steps(allSteps).optimizer(optimizer).build();
    }

    private StepTimes timeSteps(BertConfig config, PretrainingConfig pretraining, Kernels kernels) {
        try (QueuedWork queued = new QueuedWork(kernels)) {
            return timeSteps(config, pretraining, kernels, queued);
        }
    }

    private StepTimes timeSteps(BertConfig config, PretrainingConfig pretraining, Kernels kernels, QueuedWork queued) {
        StepTimes times = new StepTimes(steps, queued.outlastsCalls(), queued::finish, System::nanoTime);
        try (Bert model = new Bert(
                config,
                PretrainingHeads.of(pretraining.objectives()),
                adapter::trains,
                adapter.lora().orElse(null),
                kernels)) {
            model.initialize(pretraining.seed());
            PretrainingData data = PretrainingData.of(randomRows(rows(times.allSteps())), vocabulary())
                    .withWorkers(1);
            PretrainingTask task = new PretrainingTask(model, pretraining, data);
            try (Trainer trainer = new Trainer(task, training(times.allSteps()), null)) {
                trainer.listen(times).run();
            }
        }
        return times;
    }

    /** Words are numbers. */
    private Vocabulary vocabulary() {
        return Vocabulary.of(Stream.concat(
                        Vocabulary.SPECIAL_TOKENS.stream(),
                        IntStream.range(FIRST_WORD, vocabularySize).mapToObj(Integer::toString))
                .toList());
    }

    private int rows(int allSteps) {
        return (int) Math.min((long) batchSize * allSteps, Math.max(1, MAXIMUM_TOKENS / seqLen));
    }

    /** Documents that fill a row each. */
    private TokenDocuments randomRows(int rows) {
        RandomStream random = new RandomStream(0, 0, 0, 0);
        List<int[]> documents = IntStream.range(0, rows)
                .mapToObj(row -> IntStream.range(0, seqLen - SPECIALS_OF_A_ROW)
                        .map(token -> FIRST_WORD + random.nextInt(vocabularySize - FIRST_WORD))
                        .toArray())
                .toList();
        return TokenDocuments.of(vocabularySize, documents);
    }
}
