package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.cli.Console;
import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.readers.ReadOptions;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the command {@code evaluate} does with a fine-tuned model. */
public final class LabelledEvaluation {
    private static final String INPUT = "--input";

    @Option(
            names = INPUT,
            paramLabel = "FILE",
            description = "Labelled data, for a fine-tuned model, in the place of --corpus.")
    private @Nullable Path input;

    @Option(
            names = "--stride",
            paramLabel = "N",
            description =
                    "With --input: read longer texts in windows that overlap by N tokens (default: the end is cut off;"
                            + " words with tags and questions are always read in windows).")
    private @Nullable Integer stride;

    @Mixin
    private ColumnOptions columns = new ColumnOptions();

    @Mixin
    private LabelOptions answers = new LabelOptions();

    @Mixin
    private QuestionOptions questions = new QuestionOptions();

    /** Whether labelled data is named. */
    public boolean isAsked() {
        return input != null;
    }

    /**
     * Scores the model.
     *
     * @param stored the model
     * @param reading how the file is read
     * @param seqLen the most tokens of a text
     * @param seed of the bootstrap
     * @return the fields of the JSON object
     * @throws Cloze4jException if the model is not fine-tuned
     */
    public Map<String, @Nullable Object> run(
            StoredModel stored,
            ReadOptions reading,
            int seqLen,
            long seed,
            Supplier<Kernels> backend,
            Console console) {
        Path file = input;
        if (file == null) {
            throw new IllegalStateException("Expected " + INPUT);
        }
        TaskHead head = stored.taskHead()
                .orElseThrow(
                        () -> new Cloze4jException(
                                "Expected a fine-tuned model with " + INPUT
                                        + ". Received: one whose config.json names no task. Name another model, or text with --corpus"));
        TokenLimit limit = stride == null ? TokenLimit.cut(seqLen) : TokenLimit.windows(seqLen, stride);
        RecordSettings settings = RecordSettings.of(
                columns, answers, questions, reading, RecordSettings.labels(head), limit, stored.tokenizer());
        LabelledData read = read(TaskSource.of(head.kind(), settings), file, console);
        try (Kernels kernels = backend.get();
                Bert model = stored.readFineTuned(kernels)) {
            int padId = stored.tokenizer().vocabulary().padId();
            Scores scores = Scores.of(file.getFileName().toString(), read, model, padId, seed);
            scores.say(console);
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("loss", scores.loss());
            fields.put("metrics", scores.metrics());
            fields.put("intervals", scores.limits());
            fields.put(scores.baselineField(), scores.baseline());
            return fields;
        }
    }

    /** The records as held-out data; the most frequent answer is that of the file. */
    private static <R> LabelledData read(TaskSource<R> source, Path file, Console console) {
        List<R> records = source.read(file);
        LabelledData data = source.encode(records, records);
        source.note(file.toString(), data.heldOutRemarks()).ifPresent(console::say);
        return data;
    }
}
