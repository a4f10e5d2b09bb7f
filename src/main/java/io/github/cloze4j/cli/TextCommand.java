package io.github.cloze4j.cli;

import io.github.cloze4j.inference.TextRefusedException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A command that asks a model about texts: those of the command line, or the lines of a file. A block of them is asked about
 * and answered at a time, so that memory does not grow with the file.
 */
abstract class TextCommand extends CliCommand {
    private static final Duration BETWEEN_NEWS = Duration.ofSeconds(5);

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model in Hugging Face's layout.")
    private Path directory = Path.of("");

    @Parameters(arity = "0..*", paramLabel = "TEXT", description = "Texts; or else name a file with --input.")
    private List<String> texts = List.of();

    @Option(names = "--input", paramLabel = "FILE", description = "A text a line, in the place of TEXT.")
    private @Nullable Path input;

    @Mixin
    private TextReadingOptions reading = new TextReadingOptions();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    private TextBlocks blocks = TextBlocks.of(List.of(), TextBlocks.BLOCK_TEXTS);
    private long done;

    /** Does the work on the texts of one block. */
    @FunctionalInterface
    interface BlockWork {
        void run(List<String> block) throws IOException;
    }

    /** Asks the model; the texts come through {@link #forEachBlock}. */
    abstract Map<String, @Nullable Object> run(Console console, Bert model, BertTokenizer tokenizer) throws IOException;

    /** Refuses options before anything is loaded. */
    void checkOptions() {}

    /** Whether other files than that of {@code --input} are read as text too. */
    boolean readsFurtherText() {
        return false;
    }

    /** Whether texts are read from the standard input if neither the command line nor a file has any. */
    boolean readsStandardInput() {
        return false;
    }

    /** Refuses a model before the kernels are loaded. */
    void checkModel(StoredModel model) {}

    /** Opens the texts: those of the command line, or the lines of a file or of the standard input. */
    TextBlocks open(List<String> given, @Nullable Path file) throws IOException {
        return given.isEmpty()
                ? TextBlocks.open(file, reading, TextBlocks.BLOCK_TEXTS)
                : TextBlocks.of(given, TextBlocks.BLOCK_TEXTS);
    }

    /** The place of a text that is refused, to begin a message with; empty for those of the command line. */
    String place(long text) {
        return input == null ? "" : input + ", line " + (text + 1) + ": ";
    }

    /** How text is read. */
    final TextReadingOptions reading() {
        return reading;
    }

    /** Reads the model, with its head. */
    Bert read(StoredModel model, Kernels kernels) {
        return model.readModel(model.config(), kernels);
    }

    /** Where the model is, by the directory that the user names. */
    Path modelDirectory(Path given) {
        return given;
    }

    @Override
    public final Map<String, @Nullable Object> run(Console console) throws IOException {
        boolean neither = texts.isEmpty() && input == null;
        if (neither ? !readsStandardInput() : !texts.isEmpty() && input != null) {
            throw usage("Expected either TEXT or --input FILE. Received: "
                    + (neither ? "neither. Add one" : "both. Keep one"));
        }
        checkOptions();
        if (input == null && !readsFurtherText() && !(neither && readsStandardInput())) {
            reading.requireUnused(this, "--input");
        }
        // Files are opened before the kernels are loaded, which takes a second.
        try (StoredModel stored = ModelDirectory.open(modelDirectory(directory))) {
            BertTokenizer tokenizer = stored.tokenizer();
            checkModel(stored);
            try (TextBlocks opened = open(texts, input);
                    Kernels kernels = backend.create();
                    Bert model = read(stored, kernels)) {
                blocks = opened;
                return run(console, model, tokenizer);
            }
        }
    }

    /** Whether there is one text only, and it came as an argument. */
    final boolean isSingleText() {
        return input == null && texts.size() == 1;
    }

    /** Texts that were worked on. */
    final long textsDone() {
        return done;
    }

    /** Runs the work on each block; what the library refuses is wrong usage. News go to stderr every few seconds. */
    final void forEachBlock(Console console, BlockWork work) throws IOException {
        Stopwatch stopwatch = new Stopwatch();
        double nextNews = BETWEEN_NEWS.toSeconds();
        for (List<String> block = blocks.next(); !block.isEmpty(); block = blocks.next()) {
            run(work, block);
            if (input != null && stopwatch.seconds() > nextNews) {
                nextNews = stopwatch.seconds() + BETWEEN_NEWS.toSeconds();
                console.progress(String.format(Locale.ROOT, "%,d texts, %.0f/s", done, done / stopwatch.seconds()));
            }
        }
        blocks.loss().ifPresent(console::warn);
    }

    private void run(BlockWork work, List<String> block) throws IOException {
        try {
            work.run(block);
        } catch (TextRefusedException refused) {
            throw usage(place(done + refused.index()) + Failures.oneLine(refused));
        } catch (IllegalArgumentException refused) {
            throw usage(Failures.oneLine(refused));
        }
        done += block.size();
    }
}
