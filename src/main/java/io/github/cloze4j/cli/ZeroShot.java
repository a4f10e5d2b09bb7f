package io.github.cloze4j.cli;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.inference.EmbedderSettings;
import io.github.cloze4j.inference.LabelScore;
import io.github.cloze4j.inference.LabelWords;
import io.github.cloze4j.inference.ZeroShotClassifier;
import io.github.cloze4j.inference.ZeroShotClassifier.Answer;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelParts;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Chooses among labels that a model was not trained for. */
@Command(
        name = "zero-shot",
        description = {
            "Choose one of several labels for each text, without any training. A line for each text: label, probability and"
                    + " text, separated by tabs; for a single TEXT a line for each label, the most probable first."
                    + " A text that is too long loses its end; the pattern stays whole.",
            "JSON: predictions, a list of objects with text, labels (each label with its probability, the most probable"
                    + " first) and cut, whether the text lost its end (without --output); texts, cut (their number), seconds."
        })
final class ZeroShot extends TextCommand {
    private static final String DEFAULT_PATTERN = "[MASK] : {text}";

    /** The ways to score a label. */
    enum Method {
        PATTERN,
        EMBEDDING
    }

    @Option(
            names = "--labels",
            required = true,
            paramLabel = "FILE|LIST",
            description =
                    "Labels separated by commas, or a file with a label a line. A line may go on with a tab and the"
                            + " words that stand for the label, separated by commas; otherwise the label is the word.")
    private String labelsOrFile = "";

    @Option(
            names = "--method",
            defaultValue = "pattern",
            paramLabel = "NAME",
            description =
                    "pattern: how probable the words of a label are at the [MASK] of a pattern, for a model with a"
                            + " masked-language-model head. embedding: how near the vector of a label is to that of the text, for"
                            + " a model of sentence vectors (default: ${DEFAULT-VALUE}).")
    private Method method = Method.PATTERN;

    @Option(
            names = "--pattern",
            paramLabel = "TEXT",
            description = "A sentence with {text} and [MASK]; a word of several tokens gets as many masks (default: \""
                    + DEFAULT_PATTERN + "\").")
    private @Nullable String pattern;

    @Option(
            names = "--calibrate",
            description = "Divide the probability of a label by its probability in the pattern without a text, so that"
                    + " frequent words are not preferred.")
    private boolean calibrate;

    @Option(
            names = "--neutral-texts",
            paramLabel = "FILE",
            description = "Calibrate with the texts of a file, one a line, that say nothing about any label; with"
                    + " --calibrate by these and the empty text.")
    private @Nullable Path neutral;

    @Option(
            names = OUTPUT,
            paramLabel = "FILE",
            description = "Where the lines go; replaced at the end, if it exists (default: standard output).")
    private @Nullable Path output;

    private List<LabelWords> labels = List.of();
    private final List<String> neutralTexts = new ArrayList<>();
    private EmbedderSettings settings = EmbedderSettings.plain(Path.of(""));
    private long cut;

    /** Receives each text with its answer. */
    @FunctionalInterface
    private interface AnswerWriter {
        void write(String text, Answer answer) throws IOException;
    }

    @Override
    public boolean dataOnOut() {
        return output == null;
    }

    @Override
    public boolean hasSaidResult() {
        return output == null;
    }

    @Override
    boolean readsFurtherText() {
        return true;
    }

    @Override
    void checkOptions() {
        if (method == Method.EMBEDDING && (pattern != null || calibrate || neutral != null)) {
            String given = pattern != null ? "--pattern" : calibrate ? "--calibrate" : "--neutral-texts";
            throw usage("Expected " + given + " with --method pattern, which it is for. Received: --method embedding."
                    + " Leave one of them out");
        }
        labels = fromOptions(() -> LabelsOption.read(labelsOrFile, reading()));
        if (calibrate) {
            neutralTexts.add("");
        }
        if (neutral != null) {
            neutralTexts.addAll(LabelsOption.readTexts(neutral, reading()));
        }
    }

    @Override
    Path modelDirectory(Path given) {
        if (method == Method.PATTERN) {
            return given;
        }
        settings = EmbedderSettings.read(given);
        return settings.modelDirectory();
    }

    @Override
    Bert read(StoredModel model, Kernels kernels) {
        if (method == Method.EMBEDDING) {
            return model.readEncoder(model.config(), kernels);
        }
        if (!model.parts().contains(ModelParts.MASKED_LM)) {
            throw new CheckpointFormatException(
                    "Expected a model with a masked-language-model head for --method pattern."
                            + " Received: one that has none. Use --method embedding, or the command predict if the model is fine-tuned, or name another model");
        }
        return model.readModel(model.config(), kernels);
    }

    @Override
    Map<String, @Nullable Object> run(Console console, Bert model, BertTokenizer tokenizer) throws IOException {
        Stopwatch stopwatch = new Stopwatch();
        try (ZeroShotClassifier classifier = fromOptions(() -> classifier(model, tokenizer))) {
            if (output != null) {
                AtomicFiles.write(output, channel -> {
                    Writer writer = new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8);
                    classify(classifier, console, (text, answer) -> writer.append(line(text, answer))
                            .append('\n'));
                    writer.flush();
                });
            } else if (console.json()) {
                console.beginList("predictions");
                classify(classifier, console, (text, answer) -> console.element(fields(text, answer)));
            } else {
                classify(classifier, console, (text, answer) -> {
                    console.say(isSingleText() ? table(answer) : line(text, answer));
                    console.requireOpen();
                });
            }
        }
        if (cut > 0 && !console.json() && output == null) {
            console.warn(
                    (cut == 1 ? "1 text was" : cut + " texts were") + " too long for the model; the end did not count");
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("texts", textsDone());
        fields.put("cut", cut);
        fields.put("seconds", stopwatch.seconds());
        return fields;
    }

    private ZeroShotClassifier classifier(Bert model, BertTokenizer tokenizer) {
        return method == Method.EMBEDDING
                ? ZeroShotClassifier.byEmbedding(model, tokenizer, settings, labels)
                : ZeroShotClassifier.byPattern(
                        model, tokenizer, pattern == null ? DEFAULT_PATTERN : pattern, labels, neutralTexts);
    }

    private void classify(ZeroShotClassifier classifier, Console console, AnswerWriter writer) throws IOException {
        forEachBlock(console, block -> {
            List<Answer> answers = classifier.classify(block);
            for (int text = 0; text < block.size(); text++) {
                cut += answers.get(text).cut() ? 1 : 0;
                writer.write(block.get(text), answers.get(text));
            }
        });
    }

    private static Map<String, Object> fields(String text, Answer answer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", text);
        fields.put("labels", answer.answers().stream().map(ZeroShot::fields).toList());
        fields.put("cut", answer.cut());
        return fields;
    }

    private static Map<String, Object> fields(LabelScore score) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("label", score.label());
        fields.put("probability", score.score());
        return fields;
    }

    private static String line(String text, Answer answer) {
        return line(answer.answers().get(0)) + "\t" + text.replaceAll("\\R", " ");
    }

    private static String line(LabelScore label) {
        return String.format(Locale.ROOT, "%s\t%.4f", label.label(), label.score());
    }

    /** A line for each label, the most probable first. */
    private static String table(Answer answer) {
        return String.join(
                System.lineSeparator(),
                answer.answers().stream().map(ZeroShot::line).toList());
    }
}
