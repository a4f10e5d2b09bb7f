package io.github.cloze4j.cli;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.corpus.TextOptions;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.ReadOptions;
import io.github.cloze4j.finetune.readers.TextReader;
import io.github.cloze4j.inference.generation.GeneratedText;
import io.github.cloze4j.inference.generation.GenerationConfig;
import io.github.cloze4j.inference.generation.GenerationDefaults;
import io.github.cloze4j.inference.generation.Generator;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.huggingface.ModelParts;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes texts, token by token. */
@Command(
        name = "generate",
        abbreviateSynopsis = true,
        description = {
            "Go on after each prompt with a model of the next word, or rewrite each text with a model of finetune seq2seq. A"
                    + " line for each text, of the next word with its prompt before it. Each token is the likeliest one unless"
                    + " an option for drawing (--do-sample, --temperature, --top-k, --top-p, --min-p, --samples, --seed) or"
                    + " --num-beams is given, or the model's generation_config.json says otherwise. Without TEXT and --input"
                    + " the prompts are the lines of the standard input.",
            "For example: cloze4j generate --model my-model --temperature 0.8 --top-p 0.95 --samples 3 \"The king\"",
            "JSON: texts, a list of objects with prompt, text (what was written), score (its log-probability; of beams, as"
                    + " --length-penalty changes it) and finish_reason: end, stop_string, max_new_tokens or max_positions"
                    + " (without --output); prompts, tokens, seconds."
        })
final class Generate extends TextCommand {
    /** The remedy of {@link io.github.cloze4j.MissingColumnException} in the words of this command. */
    static final String COLUMN_HINT = " (--source-column names the column)";

    /** Prompts that are answered before the next ones are read: as many as grow at the same time. */
    private static final int BLOCK_TEXTS = 32;

    private static final Pattern TABLE = Pattern.compile("(?i)\\.(csv|tsv|tab|jsonl|ndjson)(\\.gz)?$");

    /** Files are UTF-8, whatever the terminal is. */
    private static final ObjectWriter JSON_LINES =
            ResultJson.MAPPER.writer().without(JsonWriteFeature.ESCAPE_NON_ASCII);

    @Mixin
    private GenerationOptions options = new GenerationOptions();

    @Option(
            names = "--source-column",
            paramLabel = "NAME",
            defaultValue = "source",
            description = "Column of the prompts if --input is a .csv, .tsv or .jsonl (default: ${DEFAULT-VALUE}).")
    private String column = "";

    @Option(
            names = "--stream",
            description = "Print each word when it is there (default: for one text at a time on a terminal).")
    private boolean stream;

    @Option(
            names = OUTPUT,
            paramLabel = "FILE",
            description =
                    "Where the texts go, as JSON lines if the name ends in .jsonl; replaced at the end, if it exists"
                            + " (default: standard output).")
    private @Nullable Path output;

    private Path directory = Path.of("");
    private @Nullable GenerationConfig config;
    private boolean rewrites;
    /** The records of a table. */
    private List<InputText> records = List.of();

    private boolean fromStandardInput;

    private long tokens;

    @Override
    public boolean dataOnOut() {
        return output == null;
    }

    @Override
    boolean readsStandardInput() {
        return true;
    }

    @Override
    Path modelDirectory(Path given) {
        directory = given;
        return given;
    }

    @Override
    void checkModel(StoredModel model) {
        TaskKind task = model.taskHead().map(TaskHead::kind).orElse(null);
        rewrites = task == TaskKind.SEQ2SEQ;
        if (task != null && !rewrites) {
            throw new Cloze4jException(expected() + directory + ", a model for " + task.text() + ". Use predict");
        }
        if (!model.parts().contains(ModelParts.MASKED_LM)) {
            throw new Cloze4jException(expected() + directory + ", an encoder without a head. Name another model");
        }
        if (!model.config().isDecoder()) {
            throw new Cloze4jException(
                    expected() + directory + ", a masked language model. Train it further (pretrain --from " + directory
                            + " --objective clm), or name another model");
        }
        GenerationDefaults defaults =
                GenerationDefaults.read(directory, model.tokenizer().vocabulary());
        GenerationConfig chosen = fromOptions(() -> options.config(defaults));
        config = chosen;
        if (stream && (output != null || chosen.numReturnSequences() > 1)) {
            throw usage("Expected --stream with one text for a prompt, on the standard output. Received: "
                    + (output == null ? chosen.numReturnSequences() + " texts" : OUTPUT) + ". Leave --stream out");
        }
    }

    private static String expected() {
        return "Expected a model of the next word (is_decoder). Received: ";
    }

    @Override
    TextBlocks open(List<String> given, @Nullable Path file) throws IOException {
        fromStandardInput = given.isEmpty() && file == null;
        // Streamed texts are written prompt by prompt, and so are answers to prompts that somebody types.
        int most = stream || isTyped() ? 1 : BLOCK_TEXTS;
        if (!given.isEmpty()) {
            return TextBlocks.of(given, most);
        }
        if (file != null && isTable(file)) {
            TextOptions text = reading().options();
            records = new TextReader(column, null, ReadOptions.DEFAULT.withText(text)).texts(file);
            return TextBlocks.of(records.stream().map(InputText::text).toList(), most);
        }
        if (isTyped()) {
            main().err().println("Type a prompt a line; Ctrl-D ends.");
        }
        return TextBlocks.open(file, reading(), most);
    }

    /** A file of any other name, or one that is to be read as text, has a prompt a line. */
    private boolean isTable(Path file) {
        return TABLE.matcher(file.toString()).find() && !reading().options().anyContent();
    }

    /** Whether somebody types the prompts, and waits for each answer. */
    private boolean isTyped() {
        return fromStandardInput && Machine.hasTerminal();
    }

    @Override
    String place(long text) {
        return records.isEmpty() ? super.place(text) : records.get((int) text).source() + ": ";
    }

    /** Takes one text after the other. */
    @FunctionalInterface
    private interface Receiver {
        void take(String prompt, GeneratedText text) throws IOException;
    }

    @Override
    Map<String, @Nullable Object> run(Console console, Bert model, BertTokenizer tokenizer) throws IOException {
        if (stream && console.json()) {
            throw usage("Expected --stream or --json. Received: both. Leave one of them out");
        }
        Stopwatch stopwatch = new Stopwatch();
        try (Generator generator = new Generator(model, tokenizer)) {
            Path target = output;
            if (target != null) {
                boolean json = target.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl");
                AtomicFiles.write(target, channel -> {
                    Writer writer = new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8);
                    generate(generator, console, (prompt, text) -> writer.append(
                                    json ? JSON_LINES.writeValueAsString(fields(prompt, text)) : line(prompt, text))
                            .append('\n'));
                    writer.flush();
                });
            } else if (console.json()) {
                console.beginList("texts");
                generate(generator, console, (prompt, text) -> console.element(fields(prompt, text)));
            } else if (streams(console)) {
                forEachBlock(console, block -> stream(generator, block.get(0), console));
            } else {
                generate(generator, console, (prompt, text) -> console.say(line(prompt, text)));
            }
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("prompts", textsDone());
        fields.put("tokens", tokens);
        fields.put("seconds", stopwatch.seconds());
        return fields;
    }

    private GenerationConfig config() {
        if (config == null) {
            throw new IllegalStateException("Expected a model that was checked");
        }
        return config;
    }

    private boolean streams(Console console) {
        boolean oneAtATime = (isSingleText() || isTyped()) && config().numReturnSequences() == 1;
        return stream || (oneAtATime && console.isTerminal());
    }

    private void generate(Generator generator, Console console, Receiver receiver) throws IOException {
        forEachBlock(console, block -> {
            List<List<GeneratedText>> answers = generator.generate(block, config(), (int) textsDone());
            for (int prompt = 0; prompt < block.size(); prompt++) {
                for (GeneratedText text : answers.get(prompt)) {
                    tokens += text.ids().size();
                    receiver.take(block.get(prompt), text);
                }
            }
            console.requireOpen();
        });
    }

    private void stream(Generator generator, String prompt, Console console) throws IOException {
        PrintStream out = console.text();
        out.print(rewrites ? "" : prompt);
        out.flush();
        GeneratedText text;
        try {
            text = generator
                    .generate(prompt, config(), (int) textsDone(), (sequence, piece) -> {
                        out.print(piece);
                        out.flush();
                    })
                    .get(0);
        } finally {
            // Also before the message of a failure.
            out.println();
        }
        console.requireOpen();
        tokens += text.ids().size();
    }

    /** The line that people read: the prompt and its text, or a rewritten text alone. */
    private String line(String prompt, GeneratedText text) {
        return rewrites ? text.text() : prompt + text.text();
    }

    private static Map<String, Object> fields(String prompt, GeneratedText text) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("prompt", prompt);
        fields.put("text", text.text());
        fields.put("score", text.score());
        fields.put("finish_reason", text.finishReason().name().toLowerCase(Locale.ROOT));
        return fields;
    }
}
