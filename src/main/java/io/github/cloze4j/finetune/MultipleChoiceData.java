package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.finetune.metrics.MajorityBaseline;
import io.github.cloze4j.finetune.readers.Choices;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.ChoiceAnswerer;
import io.github.cloze4j.inference.TextEncoder;
import io.github.cloze4j.inference.TextPair;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Encoding;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.ResultTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Texts with several choices, one of which is right, as in SWAG. All records have as many choices. An example is a record with all its
 * choices, each as {@code [CLS] text [SEP] choice [SEP]}.
 *
 * <p>Metrics: {@code accuracy}, and the mean reciprocal rank {@code mrr} of the right choice.
 */
public final class MultipleChoiceData implements LabelledData {
    /** Records that are scored between two looks at whether to stop. */
    private static final int RECORDS_AT_A_TIME = 256;

    private static final TaskHead HEAD = new TaskHead(TaskKind.MULTIPLE_CHOICE, List.of());

    private final BertTokenizer tokenizer;
    private final int maxTokens;
    private final Encoded training;
    private final Encoded validation;
    private final List<Labelled<Choices, Integer>> learnt;
    private final List<Labelled<Choices, Integer>> heldOut;

    /**
     * Encodes the records.
     *
     * @param maxTokens the most tokens of a text and a choice, {@code [CLS]} and {@code [SEP]} included; the longer of the two is cut
     * @param training records with the number of the right choice, counted from 0
     * @param validation held-out records; may be empty
     * @throws io.github.cloze4j.CorpusException if a record has another number of choices than the first one, or no such choice as
     *     its right one, naming its line
     */
    public MultipleChoiceData(
            BertTokenizer tokenizer,
            int maxTokens,
            List<Labelled<Choices, Integer>> training,
            List<Labelled<Choices, Integer>> validation) {
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
        Stream.concat(training.stream(), validation.stream()).findFirst().ifPresent(first -> {
            int choices = first.input().choices().size();
            training.forEach(record -> requireChoices(record, choices));
            validation.forEach(record -> requireChoices(record, choices));
        });
        TextEncoder encoder = new TextEncoder(tokenizer, TokenLimit.cut(maxTokens));
        learnt = List.copyOf(training);
        heldOut = List.copyOf(validation);
        this.training = Encoded.of(encoder, training);
        this.validation = Encoded.of(encoder, validation);
    }

    private static void requireChoices(Labelled<Choices, Integer> record, int choices) {
        int received = record.input().choices().size();
        if (received != choices) {
            throw record.input()
                    .source()
                    .problem(
                            choices + " choices, as many as the first record has", received + "", "Add or remove some");
        }
        if (record.label() < 0 || record.label() >= choices) {
            throw record.input()
                    .source()
                    .problem("a right choice from 0 to " + (choices - 1), record.label() + "", "Correct the number");
        }
    }

    /** Records as examples, and what happened to long texts. */
    private record Encoded(List<LabelledTokens> examples, LongTexts counts) {
        static Encoded of(TextEncoder encoder, List<Labelled<Choices, Integer>> records) {
            List<LabelledTokens> examples = new ArrayList<>();
            int texts = 0;
            int cut = 0;
            for (Labelled<Choices, Integer> record : records) {
                List<Encoding> encodings = new ArrayList<>();
                int[] rows = new int[record.input().choices().size()];
                int row = 0;
                for (String choice : record.input().choices()) {
                    TextEncoder.Windows windows =
                            encoder.encode(new TextPair(record.input().text(), choice));
                    cut += windows.cut() ? 1 : 0;
                    rows[encodings.size()] = row;
                    encodings.add(windows.windows().get(0));
                    row += windows.windows().get(0).ids().length;
                }
                texts += rows.length;
                int[] right = {record.label()};
                examples.add(
                        new LabelledTokens(encodings, new Targets(rows, new int[] {rows.length}, right, new float[0])));
            }
            return new Encoded(List.copyOf(examples), new LongTexts(texts, cut, 0));
        }
    }

    @Override
    public TaskHead head() {
        return HEAD;
    }

    @Override
    public List<LabelledTokens> training() {
        return training.examples();
    }

    @Override
    public List<LabelledTokens> validation() {
        return validation.examples();
    }

    /** What happened to long texts with a choice of the training data. */
    public LongTexts longTraining() {
        return training.counts();
    }

    /** What happened to long texts with a choice of the held-out data. */
    public LongTexts longValidation() {
        return validation.counts();
    }

    @Override
    public String trainingRemarks() {
        return longTraining().toString();
    }

    @Override
    public String heldOutRemarks() {
        return longValidation().toString();
    }

    /** The held-out records. */
    public List<Labelled<Choices, Integer>> heldOut() {
        return heldOut;
    }

    @Override
    public Map<String, MetricGoal> metricGoals() {
        return heldOut.isEmpty() ? Map.of() : Goals.higher(ChoiceAnswers.METRICS);
    }

    @Override
    public Optional<HeldOutAnswers> answers(Bert model, BooleanSupplier stop) {
        List<ChoiceAnswerer.Query> queries = heldOut.stream()
                .map(record -> new ChoiceAnswerer.Query(
                        record.input().text(), record.input().choices()))
                .toList();
        try (ChoiceAnswerer answerer = new ChoiceAnswerer(model, tokenizer, maxTokens)) {
            return HeldOutRecords.ask(queries, RECORDS_AT_A_TIME, stop, some -> List.of(answerer.scores(some)))
                    .map(scores -> new ChoiceAnswers(right(heldOut), scores.toArray(double[][]::new)));
        }
    }

    @Override
    public HeldOutAnswers baseline() {
        int choices = heldOut.get(0).input().choices().size();
        int[] gold = right(heldOut);
        return ChoiceAnswers.of(gold, MajorityBaseline.classes(right(learnt), choices, gold.length), choices);
    }

    private static int[] right(List<Labelled<Choices, Integer>> records) {
        return records.stream().mapToInt(Labelled::label).toArray();
    }

    @Override
    public List<ResultTable> tables(HeldOutAnswers answers) {
        return ChoiceTables.of(heldOut, (ChoiceAnswers) answers);
    }
}
