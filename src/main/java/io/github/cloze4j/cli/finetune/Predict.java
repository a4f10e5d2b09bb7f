package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.cli.BackendOptions;
import io.github.cloze4j.cli.CliCommand;
import io.github.cloze4j.cli.Console;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.finetune.metrics.AnswerRules;
import io.github.cloze4j.finetune.metrics.BleuTokenizer;
import io.github.cloze4j.finetune.readers.DataFormat;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks a fine-tuned model. */
@Command(
        name = Predict.NAME,
        abbreviateSynopsis = true,
        description = {
            "Ask a fine-tuned model about texts: its classes, numbers, entities, relations or answers, each with its"
                    + " probability. Without --output a line for each answer, what the model says first.",
            "JSON: predictions, a list of objects (without --output); records, cut (records that were too long and lost"
                    + " tokens), seconds."
        })
public final class Predict extends CliCommand {
    /** The name of the command. */
    public static final String NAME = "predict";

    /** Records that are answered before the next ones are. */
    private static final int BLOCK = 512;

    private static final int POSITIONS = 512;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "A fine-tuned model.")
    private Path directory = Path.of("");

    @Parameters(arity = "0..*", paramLabel = "TEXT", description = "Texts; or else name a file with --input.")
    private List<String> texts = List.of();

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "A file like that of finetune --train, whose labels are not read; or .txt, a text a line.")
    private @Nullable Path input;

    @Option(
            names = OUTPUT,
            paramLabel = "FILE",
            description = "A .csv, .tsv or .jsonl where the answers go; replaced at the end, if it exists (default:"
                    + " standard output).")
    private @Nullable Path output;

    @Option(
            names = "--top-k",
            defaultValue = "5",
            paramLabel = "N",
            description = "Answers to each record in JSON, the most probable first (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--seq-len",
            paramLabel = "N",
            description = "The most tokens of a text, [CLS] and [SEP] included (default: 512, or what the model has).")
    private @Nullable Integer seqLen;

    @Option(
            names = "--stride",
            paramLabel = "N",
            description =
                    "Read longer texts in windows that overlap by N tokens (default: the end is cut off; words with"
                            + " tags and questions are always read in windows).")
    private @Nullable Integer stride;

    @Mixin
    private ColumnOptions columns = new ColumnOptions();

    @Mixin
    private QuestionOptions questions = new QuestionOptions();

    @Mixin
    private FormatOptions format = new FormatOptions();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    private long cut;

    @Override
    public boolean dataOnOut() {
        return output == null;
    }

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        if (texts.isEmpty() == (input == null)) {
            throw usage("Expected either TEXT or --input FILE. Received: "
                    + (input == null ? "neither. Add one" : "both. Keep one"));
        }
        fromOptions(() -> output == null ? null : AnswerWriter.requireWritten(DataFormat.of(output)));
        if (topK < 1) {
            throw usage("Expected --top-k of at least 1. Received: " + topK);
        }
        try (StoredModel stored = ModelDirectory.open(directory)) {
            TaskHead head = stored.taskHead()
                    .orElseThrow(() -> new Cloze4jException("Expected a fine-tuned model. Received: " + directory
                            + ", whose config.json names no task. Fine-tune it first, or name another model"));
            RecordSettings settings = fromOptions(() -> new RecordSettings(
                    columns.text(),
                    columns.pair(),
                    columns.choices(),
                    columns.spans(),
                    QuestionSettings.of(questions, AnswerRules.SQUAD_V1),
                    RewritingSettings.of(columns, BleuTokenizer.V13A),
                    "",
                    LabelOptions.SEPARATOR,
                    format.reading(),
                    RecordSettings.labels(head),
                    limit(stored.config().maxPositionEmbeddings()),
                    stored.tokenizer()));
            try (Kernels kernels = backend.create();
                    Bert model = stored.readFineTuned(kernels);
                    Predictor<?> predictor = fromOptions(() -> Predictor.of(model, head, settings, topK))) {
                return predict(predictor, console);
            }
        }
    }

    private TokenLimit limit(int positions) {
        int most = seqLen == null ? Math.min(positions, POSITIONS) : seqLen;
        return stride == null ? TokenLimit.cut(most) : TokenLimit.windows(most, stride);
    }

    private <R> Map<String, @Nullable Object> predict(Predictor<R> predictor, Console console) throws IOException {
        Path file = input;
        List<R> records = fromOptions(() -> file == null ? predictor.ofTexts(texts) : predictor.read(file));
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        long begin = System.nanoTime();
        Path target = output;
        if (target != null) {
            AtomicFiles.write(target, channel -> {
                try (AnswerWriter writer = AnswerWriter.of(
                        DataFormat.of(target), predictor.columns(), Channels.newOutputStream(channel))) {
                    answer(predictor, records, writer::write);
                }
            });
        } else if (console.json()) {
            console.beginList("predictions");
            answer(predictor, records, answer -> console.element(answer.fields()));
        } else {
            try (AnswerWriter writer = AnswerWriter.forPeople(predictor.columns(), console.bytes())) {
                answer(predictor, records, writer::write);
            }
        }
        if (cut > 0 && !console.json()) {
            console.warn(
                    cut + " of " + records.size() + " records were too long and lost tokens (--seq-len, --stride)");
        }
        fields.put("records", records.size());
        fields.put("cut", cut);
        fields.put("seconds", (System.nanoTime() - begin) / 1e9);
        return fields;
    }

    /** Takes one answer after the other. */
    @FunctionalInterface
    private interface Receiver {
        void take(Predictor.Answered answer) throws IOException;
    }

    private <R> void answer(Predictor<R> predictor, List<R> records, Receiver receiver) throws IOException {
        for (int first = 0; first < records.size(); first += BLOCK) {
            for (Predictor.Answered answer :
                    predictor.answer(records.subList(first, Math.min(first + BLOCK, records.size())))) {
                cut += answer.isCut() ? 1 : 0;
                receiver.take(answer);
            }
        }
    }
}
