package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.cli.BackendOptions;
import io.github.cloze4j.cli.CliCommand;
import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.DiskSpace;
import io.github.cloze4j.cli.GracefulStop;
import io.github.cloze4j.cli.ModelOptions;
import io.github.cloze4j.cli.OptionConflicts;
import io.github.cloze4j.cli.TerminalWidth;
import io.github.cloze4j.cli.TrainingOptions;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.files.DirectoryLock;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.monitor.ConsoleProgress;
import io.github.cloze4j.monitor.JsonLinesLog;
import io.github.cloze4j.monitor.RunHistory;
import io.github.cloze4j.monitor.TensorBoardLog;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingMemory;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.ModelSelection;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** From text to a trained model in one command. */
@Command(
        name = Pretrain.NAME,
        abbreviateSynopsis = true,
        description = {
            "Pretrain a BERT on text and write it in Hugging Face's layout.",
            "Without a corpus: three minutes on WordNet's glosses."
        })
public final class Pretrain extends CliCommand {
    static final String NAME = "pretrain";
    static final String QUICKSTART_OUTPUT = "cloze4j-quickstart";
    private static final Duration QUICKSTART_TIME = Duration.ofMinutes(3);
    private static final String STOPPING =
            "stopping: the step is finished, then checkpoint and model are written, which may take a while";

    /** Read before the others are parsed, by {@link PretrainDefaults#install}. */
    @SuppressWarnings("unused")
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Options as lines such as lr=1e-3; the command line comes before them.")
    private Path config = Path.of("");

    @Option(
            names = "--output",
            paramLabel = "DIR",
            defaultValue = QUICKSTART_OUTPUT,
            description = "Where the model, checkpoints and logs go (default: ${DEFAULT-VALUE}).")
    private Path directory = Path.of("");

    @Option(
            names = "--resume",
            description = "Go on from the newest checkpoint in --output, with the options of that run.")
    private boolean resume;

    @Option(
            names = PretrainDefaults.RESTART,
            description = "Begin the run in --output again, with its options: its checkpoints, data and model are"
                    + " deleted after the first step.")
    private boolean restart;

    @Option(
            names = "--keep",
            paramLabel = "N",
            defaultValue = "2",
            description = "Newest checkpoints to keep (default: ${DEFAULT-VALUE}).")
    private int keep;

    @Mixin
    private PretrainInput input = new PretrainInput();

    @Mixin
    private PretrainStart start = new PretrainStart();

    @Mixin
    private ModelOptions shape = new ModelOptions();

    @Mixin
    private PretrainingOptions pretraining = new PretrainingOptions();

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Override
    public boolean hasSaidResult() {
        return true;
    }

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        try {
            return main().stop().interrupting(() -> pretrain(console));
        } catch (RuntimeException | IOException e) {
            if (main().stop().isInterrupting()) {
                throw new GracefulStop.StoppedException(directory + " is as it was", e);
            }
            throw e;
        }
    }

    private Map<String, @Nullable Object> pretrain(Console console) throws IOException {
        TrainingConfig trainingConfig = fromOptions(this::checkedConfig);
        CheckpointStore store = fromOptions(() -> new CheckpointStore(output().checkpoints(), keep));
        OutputCheck check = new OutputCheck(output(), resume, restart);
        check.requireRun();
        try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
            OutputRollback.recover(output());
            output().deleteLeftovers();
            output().requireNoDirectories();
            check.requireFree(input.paths());
            if (resume) {
                check.requireCheckpoint(store);
            }
            return run(trainingConfig, store, lock, console);
        }
    }

    /** The run, by the only process that uses the directory. */
    private Map<String, @Nullable Object> run(
            TrainingConfig trainingConfig, CheckpointStore store, DirectoryLock lock, Console console)
            throws IOException {
        try (OutputRollback rollback =
                        restart ? OutputRollback.ofRestart(output(), input.paths()) : OutputRollback.of(output());
                Kernels kernels = kernels();
                GivenModel given = start.open(output(), shape, resume, pretraining, console)) {
            requireRoom(given, trainingConfig, kernels, console);
            if (!Files.exists(output().settings())) {
                PretrainDefaults.save(spec(), output().settings());
            }
            if (given == null) {
                try (OpenedInput data = input.open(output(), null, backend.threads(), console);
                        Bert model = newModel(data.tokenizer(), kernels)) {
                    return train(model, trainingConfig, data, store, lock, rollback, console);
                }
            }
            // The weights come first: they may be refused, and to prepare text may take hours.
            try (Bert model = given.open(kernels);
                    OpenedInput data = input.open(output(), given.tokenizer(), backend.threads(), console)) {
                start.record(output(), model, data.tokenizer());
                return train(model, trainingConfig, data, store, lock, rollback, console);
            }
        }
    }

    /** Takes a second or two, so that the text is looked at first. */
    private Kernels kernels() {
        input.requirePresent(output(), start.isGiven());
        return backend.create();
    }

    /** Refuses a run that does not fit into memory or on the disk, before anything is made for it. */
    private void requireRoom(@Nullable GivenModel given, TrainingConfig config, Kernels kernels, Console console)
            throws IOException {
        BertConfig model = given == null ? shape.config(input.vocabularySize(output())) : given.config();
        PretrainingConfig task = pretraining.config();
        BertMemory memory = start.memory(model, task, kernels);
        MemoryPlan plan = PretrainingMemory.ofTraining(memory, task, config, Vocabulary.of(Vocabulary.SPECIAL_TOKENS));
        console.say("memory: " + plan.describe());
        DiskSpace.require(
                output(),
                plan.parameters(),
                plan.parameters() + plan.moments() + plan.best(),
                mostCheckpoints(config),
                input.textBytes(output()),
                console);
    }

    /** A run saves at most once a step. */
    private int mostCheckpoints(TrainingConfig config) {
        Long steps = config.steps();
        return steps == null ? keep : (int) Math.min(keep, steps);
    }

    private Bert newModel(BertTokenizer tokenizer, Kernels kernels) {
        PretrainingConfig task = pretraining.config();
        Bert model = new Bert(
                PretrainingHeads.config(shape.config(tokenizer.vocabulary().size()), task.objectives()),
                PretrainingHeads.of(task.objectives()),
                kernels);
        model.initialize(task.seed(), pretraining.initialization());
        return model;
    }

    /** What is wrong in the options is found here, before anything is made. */
    private TrainingConfig checkedConfig() {
        if (resume && restart) {
            throw new IllegalArgumentException("Expected --resume or --restart. Received: both. Leave one of them out");
        }
        input.check(this, start.isGiven());
        TrainingConfig config =
                input.isQuickstart() ? training.config(budget -> budget.timeLimit(QUICKSTART_TIME)) : training.config();
        if (input.holdsNothingOut()
                && config.evaluateEvery() > 0
                && OptionConflicts.named(spec().commandLine()).contains("--eval-every")) {
            throw new IllegalArgumentException("Expected documents to evaluate on for --eval-every. Received:"
                    + " --validation-fraction 0 without --validation. Leave --eval-every out, or hold text out");
        }
        pretraining.requireEffect(OptionConflicts.named(spec().commandLine()));
        requireSelectable(config.selection());
        start.check(output(), shape, pretraining.config());
        if (last().hasPairs()) {
            input.requireSentences();
        }
        return config;
    }

    private void requireSelectable(@Nullable ModelSelection selection) {
        if (selection == null) {
            return;
        }
        selection.requireFigure(PretrainingHeads.losses(last()), Map.of());
        if (input.holdsNothingOut()) {
            throw new IllegalArgumentException("Expected documents to evaluate on for --best-metric and"
                    + " --early-stopping. Received: --validation-fraction 0 without --validation. Leave the two out, or"
                    + " hold text out");
        }
    }

    private Objective last() {
        return pretraining.config().objectives().last();
    }

    private PretrainOutput output() {
        return new PretrainOutput(directory);
    }

    private Map<String, @Nullable Object> train(
            Bert model,
            TrainingConfig config,
            OpenedInput data,
            CheckpointStore store,
            DirectoryLock lock,
            OutputRollback rollback,
            Console console)
            throws IOException {
        PretrainingData documents = new PretrainingData(
                data.training(), data.validation(), data.tokenizer().vocabulary(), 1);
        PretrainingTask task = new PretrainingTask(model, pretraining.config(), documents);
        RunHistory history = Files.exists(output().log()) ? RunHistory.ofLog(output().log()) : new RunHistory();
        try (Trainer trainer = new Trainer(task, config, store);
                JsonLinesLog log = new JsonLinesLog(output().log());
                TensorBoardLog tensorBoard = new TensorBoardLog(output().tensorBoard())) {
            if (resume) {
                trainer.resume().ifPresent(step -> console.say("resumed after step " + step));
            }
            console.say(describe(model));
            start.sayAdapter(model, console);
            if (resume) {
                // Not before: options that cannot go on with this run must not become the run's.
                PretrainDefaults.save(spec(), output().settings());
            }
            PretrainReport report = new PretrainReport(
                    directory, config, last(), pretraining.withInitialization(task.settings()), start, data, history);
            trainer.listen(rollback)
                    .listen(history)
                    .listen(log)
                    .listen(tensorBoard)
                    .listen(new LiveReport(report, model))
                    .listen(new ConsoleProgress(console.text(), console.isTerminal(), new TerminalWidth()));
            TrainingResult result = main().stop().finishing(STOPPING, trainer::requestStop, () -> {
                TrainingResult ended = trainer.run();
                lock.requireInPlace();
                report.write(model, ended, console);
                return ended;
            });
            if (result.evaluation() == null && !result.stopped()) {
                console.say("not evaluated: no text is held out");
            }
            if (result.stopped()) {
                console.say("stopped before the run was complete; everything is saved: the same command with --resume"
                        + " goes on");
            }
            return PretrainResult.fields(result, last(), data.unknownShare(), console);
        }
    }

    private static String describe(Bert model) {
        BertConfig config = model.config();
        return String.format(
                Locale.ROOT,
                "model: %d layers, hidden size %d, %d heads, %.1f million parameters on %s",
                config.numHiddenLayers(),
                config.hiddenSize(),
                config.numAttentionHeads(),
                model.parameters().parameterCount() / 1e6,
                model.parameters().kernels().describe());
    }
}
