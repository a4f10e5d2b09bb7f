package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.Machine;
import io.github.cloze4j.cli.Main;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.inference.FillMask;
import io.github.cloze4j.inference.Prediction;
import io.github.cloze4j.inference.generation.GeneratedText;
import io.github.cloze4j.inference.generation.GenerationConfig;
import io.github.cloze4j.inference.generation.Generator;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.monitor.FillMaskExample;
import io.github.cloze4j.monitor.HtmlReport;
import io.github.cloze4j.monitor.ModelCard;
import io.github.cloze4j.monitor.RunHistory;
import io.github.cloze4j.monitor.RunSummary;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.ResultTable;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Writes the end of a run: the model directory with its card and report, and a few filled masks or continued texts.
 *
 * @param last the objective that the run ends with
 */
record PretrainReport(
        Path directory,
        TrainingConfig config,
        Objective last,
        Map<String, String> task,
        PretrainStart start,
        OpenedInput data,
        RunHistory history) {
    private static final String REPORT = "report.html";
    private static final int EXAMPLES = 5;
    private static final int PREDICTIONS = 3;
    private static final int SHORTEST_EXAMPLE = 8;
    private static final int LONGEST_EXAMPLE = 24;
    /** Tokens of the beginning of a text that a model of the next word goes on with. */
    private static final int BEGINNING = 4;

    /** The most probable words that are sampled from, by their probability in all. */
    private static final double SAMPLED = 0.9;

    private static final double PERCENT = 100;

    void write(Bert model, TrainingResult result, Console console) {
        BertTokenizer tokenizer = data.tokenizer();
        List<FillMaskExample> examples = last.predictsNext() ? List.of() : filled(model);
        examples.forEach(example -> console.say(describe(example)));
        List<List<String>> continued = last.predictsNext() ? continued(model) : List.of();
        continued.forEach(pair -> console.say(pair.get(0) + " …\n    " + pair.get(1)));
        RunSummary summary = summary(model, result, examples, continued);
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("README.md", ModelCard.render(summary));
        texts.put(REPORT, HtmlReport.render(summary));
        start.write(directory, model, last, tokenizer, texts);
        console.say("model: " + directory + "   report: " + directory.resolve(REPORT));
    }

    private List<FillMaskExample> filled(Bert model) {
        try (FillMask fillMask = new FillMask(model, data.tokenizer())) {
            return readable(model.config().maxPositionEmbeddings())
                    .map(ids -> example(fillMask, maskLongestWord(ids)))
                    .toList();
        }
    }

    /** The beginnings of the first held-out documents of a readable length, each with what the model goes on with. */
    private List<List<String>> continued(Bert model) {
        List<String> beginnings = readable(model.config().maxPositionEmbeddings())
                .map(ids ->
                        data.tokenizer().decode(Arrays.copyOf(ids, last == Objective.CLM ? BEGINNING : ids.length / 2)))
                .toList();
        GenerationConfig sampling = GenerationConfig.builder()
                .doSample(true)
                .topP(SAMPLED)
                .maxNewTokens(LONGEST_EXAMPLE)
                .build();
        try (Generator generator = new Generator(model, data.tokenizer())) {
            List<List<GeneratedText>> texts = generator.generate(beginnings, sampling);
            return IntStream.range(0, texts.size())
                    .mapToObj(i ->
                            List.of(beginnings.get(i), shown(texts.get(i).get(0).text())))
                    .toList();
        }
    }

    /** A continuation, which is empty if the model ends the text at once. */
    static String shown(String continuation) {
        return continuation.isBlank() ? "(nothing)" : continuation.strip();
    }

    /** Writes the report of a run that goes on. */
    void writeRunning(Bert model, TrainingResult untilNow) {
        AtomicFiles.write(
                directory.resolve(REPORT),
                HtmlReport.renderRunning(summary(model, untilNow, List.of(), List.of()))
                        .getBytes(StandardCharsets.UTF_8));
    }

    private RunSummary summary(
            Bert model, TrainingResult result, List<FillMaskExample> examples, List<List<String>> continued) {
        return new RunSummary(
                directory.toAbsolutePath().normalize().getFileName().toString(),
                config,
                task,
                result,
                history,
                describe(model),
                data.describe(),
                environment(model),
                examples,
                continued.isEmpty()
                        ? List.of()
                        : List.of(new ResultTable(
                                "Texts that the model goes on with", List.of("beginning", "continuation"), continued)),
                start.use(last));
    }

    /** The first held-out documents of a readable length. */
    private Stream<int[]> readable(int longest) {
        TokenDocuments documents = data.validation() == null ? data.training() : data.validation();
        return LongStream.range(0, documents.count())
                .filter(document -> documents.length(document) >= SHORTEST_EXAMPLE
                        && documents.length(document) <= Math.min(LONGEST_EXAMPLE, longest - 2))
                .limit(EXAMPLES)
                .mapToObj(document -> {
                    int[] ids = new int[documents.length(document)];
                    documents.copy(document, 0, ids, 0, ids.length);
                    return ids;
                });
    }

    private String maskLongestWord(int[] ids) {
        Vocabulary vocabulary = data.tokenizer().vocabulary();
        int at = 0;
        for (int i = 0; i < ids.length; i++) {
            boolean wholeWord = !continues(ids[i]) && (i + 1 == ids.length || !continues(ids[i + 1]));
            if (wholeWord
                    && vocabulary.token(ids[i]).length()
                            > vocabulary.token(ids[at]).length()) {
                at = i;
            }
        }
        String before = data.tokenizer().decode(Arrays.copyOfRange(ids, 0, at));
        String after = data.tokenizer().decode(Arrays.copyOfRange(ids, at + 1, ids.length));
        return (before + " " + mask() + " " + after).strip();
    }

    private boolean continues(int id) {
        return data.tokenizer().vocabulary().continuesWord(id);
    }

    /** What the vocabulary calls it, for models of others. */
    private String mask() {
        Vocabulary vocabulary = data.tokenizer().vocabulary();
        return vocabulary.token(vocabulary.maskId());
    }

    private FillMaskExample example(FillMask fillMask, String text) {
        List<List<FillMaskExample.Candidate>> candidates = fillMask.fill(text, PREDICTIONS).stream()
                .map(mask -> mask.stream().map(PretrainReport::candidate).toList())
                .toList();
        return new FillMaskExample(text.replace(mask(), FillMaskExample.MASK), candidates);
    }

    private static FillMaskExample.Candidate candidate(Prediction prediction) {
        return new FillMaskExample.Candidate(prediction.token(), prediction.probability());
    }

    private static String describe(FillMaskExample example) {
        StringBuilder line = new StringBuilder(example.text()).append("\n    ");
        example.candidates()
                .forEach(mask -> mask.forEach(candidate -> line.append(String.format(
                        Locale.ROOT, "%s %.1f %%  ", candidate.token(), candidate.probability() * PERCENT))));
        return line.toString();
    }

    private Map<String, String> describe(Bert model) {
        BertConfig config = model.config();
        Map<String, String> shape = new LinkedHashMap<>(start.describe());
        shape.put("layers", Integer.toString(config.numHiddenLayers()));
        shape.put("hidden size", Integer.toString(config.hiddenSize()));
        shape.put("attention heads", Integer.toString(config.numAttentionHeads()));
        shape.put("intermediate size", Integer.toString(config.intermediateSize()));
        shape.put("activation", config.hiddenAct().configName());
        shape.put("dropout", Double.toString(config.hiddenDropoutProb()));
        shape.put("vocabulary", Integer.toString(config.vocabSize()));
        shape.put("parameters", Long.toString(model.parameters().parameterCount()));
        return shape;
    }

    private static Map<String, String> environment(Bert model) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("kernels", model.parameters().kernels().describe());
        environment.put("instruction set", Machine.instructionSet());
        environment.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        environment.put("java", System.getProperty("java.version"));
        environment.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        environment.put("cloze4j", Main.Version.current());
        return environment;
    }
}
