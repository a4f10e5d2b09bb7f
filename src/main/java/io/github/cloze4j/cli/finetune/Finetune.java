package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.cli.AdapterOptions;
import io.github.cloze4j.cli.BackendOptions;
import io.github.cloze4j.cli.CliCommand;
import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.OptionConflicts;
import io.github.cloze4j.cli.TerminalWidth;
import io.github.cloze4j.cli.TokenWarnings;
import io.github.cloze4j.cli.TrainingOptions;
import io.github.cloze4j.files.DirectoryLock;
import io.github.cloze4j.finetune.FineTuningTask;
import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.monitor.ConsoleProgress;
import io.github.cloze4j.monitor.JsonLinesLog;
import io.github.cloze4j.monitor.RunHistory;
import io.github.cloze4j.monitor.TensorBoardLog;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** From labelled data to a model that answers. */
@Command(
        name = Finetune.NAME,
        abbreviateSynopsis = true,
        defaultValueProvider = FinetuneDefaults.class,
        description = "Fine-tune a pretrained BERT on labelled data and write it in Hugging Face's layout.")
public final class Finetune extends CliCommand {
    /** The name of the command. */
    public static final String NAME = "finetune";

    /** The scores of all seeds, beside their directories. */
    private static final String SEEDS = "seeds.json";

    /** The options of the run. */
    private static final String OPTIONS = "finetune.properties";

    private static final String STOPPING = "stopping: the step is finished, then the checkpoint is written";

    @Parameters(
            paramLabel = "TASK",
            description = "classification, multi-label, regression, tagging, question-answering, relations,"
                    + " relations-by-cls, multiple-choice or seq2seq (rewriting).")
    private TaskKind kind = TaskKind.CLASSIFICATION;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model in Hugging Face's layout.")
    private Path model = Path.of("");

    @Option(
            names = OUTPUT,
            required = true,
            paramLabel = "DIR",
            description = "Where the fine-tuned model, checkpoints and logs go.")
    private Path directory = Path.of("");

    @Option(
            names = "--resume",
            description = "Go on from the newest checkpoint in --output; the other options are those of the run.")
    private boolean resume;

    @Option(
            names = "--keep",
            paramLabel = "N",
            defaultValue = "1",
            description = "Newest checkpoints to keep (default: ${DEFAULT-VALUE}).")
    private int keep;

    @Option(
            names = "--dropout",
            paramLabel = "X",
            description = "Dropout of all layers and the head (default: that of the model).")
    private @Nullable Double dropout;

    @Mixin
    private DataOptions files = new DataOptions();

    @Mixin
    private TaskOptions task = new TaskOptions();

    @Mixin
    private LayerOptions layers = new LayerOptions();

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private AdapterOptions adapter = new AdapterOptions();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Override
    public boolean hasSaidResult() {
        return true;
    }

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        return main().stop().interrupting(() -> finetune(console));
    }

    private Map<String, @Nullable Object> finetune(Console console) throws IOException {
        TrainingConfig config = fromOptions(this::checkedConfig);
        List<SeedRun> runs = fromOptions(() -> SeedRun.of(directory, task.seeds(), keep));
        // Seeds run one after the other, so that the first is the one that has begun.
        runs.get(0).requireFree(resume);
        runs.stream().skip(1).forEach(run -> run.requireFree(resume && run.hasBegun()));
        Path options = directory.resolve(OPTIONS);
        if (resume) {
            RunOptions.requireSame(spec(), options);
        }
        adapter.requireWholeBase(model);
        try (StoredModel stored = ModelDirectory.open(model)) {
            SpanMarkers markers = new SpanMarkers(kind, stored.tokenizer());
            BertTokenizer tokenizer = markers.tokenizer();
            fromOptions(() -> {
                adapter.requireRoomFor(markers.added());
                return adapter;
            });
            BertConfig shape = shape(stored);
            TaskFiles data = fromOptions(() ->
                    TaskFiles.read(files, task.seed(), TaskSource.of(kind, files.records(task.limit(), tokenizer))));
            data.notes().forEach(console::say);
            TokenWarnings.unknown(data.unknownShare(tokenizer.vocabulary().unkId()), console);
            try (Kernels kernels = backend.create()) {
                SeedReport report = new SeedReport(data.data().metricGoals());
                Map<String, @Nullable Object> result = Map.of();
                for (SeedRun run : runs) {
                    if (runs.size() > 1) {
                        console.say("seed " + run.seed() + ": " + run.output().directory());
                    }
                    try (DirectoryLock lock = DirectoryLock.acquire(run.output().directory());
                            Bert bert = markers.addedTo(
                                    read(stored, shape, data.data(), run.seed(), kernels, console), console)) {
                        if (!resume) {
                            RunOptions.save(spec(), options);
                        }
                        result = train(bert, tokenizer, data, config, run, lock, console);
                    }
                    if (main().stop().isRequested()) {
                        return result;
                    }
                    report.add(run.seed(), result);
                }
                return runs.size() > 1 ? report.write(directory.resolve(SEEDS), console) : result;
            }
        }
    }

    private TrainingConfig checkedConfig() {
        files.check();
        task.config();
        task.limit();
        task.requireLossOf(kind);
        layers.frozen();
        if (adapter.lora().isPresent() && layers.reinitialized() > 0) {
            throw new IllegalArgumentException(
                    "Expected --adapter or --reinit-layers. Received: both. An adapter leaves"
                            + " the layers of the model as they are: leave one of them out");
        }
        Set<String> named = OptionConflicts.named(spec().commandLine());
        if (adapter.lora().isPresent() && !named.contains("--lr")) {
            // A default that depends on another option, which picocli reads after it has set the defaults.
            spec().findOption("--lr").setValue(TrainingConfig.ADAPTER_LEARNING_RATE);
        }
        TrainingConfig config = training.config(budget -> budget.epochs(FinetuneDefaults.EPOCHS)).toBuilder()
                .layerDecay(layers.decay())
                .build();
        if (config.epochs() == null || named.contains("--evaluations") || named.contains("--eval-every")) {
            return config;
        }
        return config.toBuilder()
                .evaluations((int) Math.max(1, Math.round(config.epochs())))
                .build();
    }

    private BertConfig shape(StoredModel stored) {
        Double probability = dropout;
        BertConfig.Builder wanted = stored.config().toBuilder();
        if (stored.taskHead().filter(head -> head.kind() == kind).isEmpty()) {
            // Whatever the pretrained model was: a text that is written has an order, all others are read as a whole.
            wanted.isDecoder(kind.writesText());
        }
        BertConfig shape = fromOptions(() -> (probability == null ? wanted : wanted.dropout(probability)).build());
        fromOptions(() -> {
            shape.requireSeqLen(task.config().seqLen());
            layers.requireFit(shape);
            shape.requireTokenTypes(kind.readsPairs() || files.hasPairs() ? 2 : 1);
            return shape;
        });
        return shape;
    }

    /** The model with the head of the task: the one that is stored, if it is for the same task and labels, else a new one. */
    private Bert read(
            StoredModel stored, BertConfig shape, LabelledData data, long seed, Kernels kernels, Console console) {
        TaskHead head = data.head();
        TaskHead before = stored.taskHead().orElse(null);
        // A model that writes texts has the head of pretraining.
        if (before != null && !before.equals(head) && !before.kind().writesText()) {
            throw new Cloze4jException("Expected a model that is pretrained, or fine-tuned for "
                    + head.kind().text()
                    + " with the same labels. Received: " + model + ", fine-tuned for "
                    + before.kind().text() + " with the labels " + before.labels()
                    + ". Name the pretrained model, or data with these labels");
        }
        ClassLoss loss = fromOptions(() -> task.loss(data));
        Bert bert = stored.readForTraining(
                shape,
                List.of(head.head(loss)),
                name -> layers.frozen().trains(name) && adapter.trains(name),
                adapter.lora().orElse(null),
                kernels,
                seed,
                Initialization.NORMAL);
        Set<String> missing = stored.missing(bert);
        if (!missing.isEmpty()) {
            console.say("new, with random weights: " + String.join(", ", missing));
        }
        adapter.say(bert, console);
        bert.initializeTopLayers(layers.reinitialized(), seed);
        return bert;
    }

    private Map<String, @Nullable Object> train(
            Bert bert,
            BertTokenizer tokenizer,
            TaskFiles data,
            TrainingConfig config,
            SeedRun run,
            DirectoryLock lock,
            Console console)
            throws IOException {
        fromOptions(() -> {
            data.requireFigure(config.selection(), bert.losses());
            return data;
        });
        FinetuneOutput output = run.output();
        FineTuningTask tuning = new FineTuningTask(
                bert,
                task.config().withSeed(run.seed()),
                data.data(),
                tokenizer.vocabulary().padId());
        RunHistory history = Files.exists(output.log()) ? RunHistory.ofLog(output.log()) : new RunHistory();
        try (Trainer trainer = new Trainer(tuning, config, run.store());
                JsonLinesLog log = new JsonLinesLog(output.log());
                TensorBoardLog tensorBoard = new TensorBoardLog(output.tensorBoard())) {
            console.say("memory: " + trainer.memory().describe());
            if (resume) {
                trainer.resume().ifPresent(step -> console.say("resumed after step " + step));
            }
            trainer.listen(history)
                    .listen(log)
                    .listen(tensorBoard)
                    .listen(new ConsoleProgress(console.text(), console.isTerminal(), new TerminalWidth()));
            return main().stop().finishing(STOPPING, trainer::requestStop, () -> {
                TrainingResult result = trainer.run();
                lock.requireInPlace();
                FinetuneReport report = new FinetuneReport(
                        output.directory(), model, config, tuning.settings(), data, history, run.seed(), adapter);
                return report.write(bert, tokenizer, result, console);
            });
        }
    }
}
