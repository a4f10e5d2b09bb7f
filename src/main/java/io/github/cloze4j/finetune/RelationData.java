package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.MajorityBaseline;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.SpanPair;
import io.github.cloze4j.inference.MarkedText;
import io.github.cloze4j.inference.RelationClassifier;
import io.github.cloze4j.inference.RelationEncoder;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.ResultTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Texts with two marked spans and the relation between them. Long texts are cut around both spans. A pair whose spans do not fit into
 * one window is no example; if it is held out, it counts as wrong: its answer is a class of its own, which no pair has. {@link #longTraining} and {@link
 * #longValidation} count these pairs.
 *
 * <p>Metrics are those of {@link ClassificationData}.
 */
public final class RelationData implements LabelledData {
    /** Pairs that are scored between two looks at whether to stop. */
    private static final int PAIRS_AT_A_TIME = 512;

    private final TaskHead head;
    private final Labels labels;
    private final BertTokenizer tokenizer;
    private final TokenLimit limit;
    private final EncodedPairs training;
    private final EncodedPairs validation;
    private final List<Labelled<SpanPair, String>> learnt;
    private final List<Labelled<SpanPair, String>> heldOut;

    /**
     * Encodes the pairs.
     *
     * @param kind {@link TaskKind#RELATIONS} or {@link TaskKind#RELATIONS_BY_CLS}
     * @param labels of the data or of a model
     * @param tokenizer with {@link RelationEncoder#MARKERS}
     * @param limit the most tokens of a text; an overlap does not matter
     * @param validation held-out pairs; may be empty
     * @throws io.github.cloze4j.CorpusException if a pair has a label that is none of these, naming its line
     * @throws IllegalArgumentException if the kind is another, or the vocabulary lacks the markers
     */
    public RelationData(
            TaskKind kind,
            Labels labels,
            BertTokenizer tokenizer,
            TokenLimit limit,
            List<Labelled<SpanPair, String>> training,
            List<Labelled<SpanPair, String>> validation) {
        if (kind != TaskKind.RELATIONS && kind != TaskKind.RELATIONS_BY_CLS) {
            throw new IllegalArgumentException("Expected relations or relations-by-cls. Received: " + kind.text());
        }
        head = new TaskHead(kind, labels.names());
        this.labels = labels;
        this.tokenizer = tokenizer;
        this.limit = limit;
        learnt = List.copyOf(training);
        heldOut = List.copyOf(validation);
        RelationEncoder encoder = new RelationEncoder(tokenizer, limit);
        this.training = EncodedPairs.of(encoder, kind, labels, training);
        this.validation = EncodedPairs.of(encoder, kind, labels, validation);
    }

    @Override
    public TaskHead head() {
        return head;
    }

    @Override
    public List<LabelledTokens> training() {
        return training.examples();
    }

    @Override
    public List<LabelledTokens> validation() {
        return validation.examples();
    }

    /** What happened to long texts of the training data. */
    public LongPairs longTraining() {
        return training.counts();
    }

    /** What happened to long held-out texts. */
    public LongPairs longValidation() {
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

    /** The held-out pairs. */
    public List<Labelled<SpanPair, String>> heldOut() {
        return heldOut;
    }

    @Override
    public Map<String, MetricGoal> metricGoals() {
        return heldOut.isEmpty()
                ? Map.of()
                : Goals.higher(ClassAnswers.metricNames(classes().size()));
    }

    @Override
    public Optional<HeldOutAnswers> answers(Bert model, BooleanSupplier stop) {
        List<MarkedText> pairs =
                heldOut.stream().map(pair -> EncodedPairs.input(pair.input())).toList();
        try (RelationClassifier classifier = new RelationClassifier(model, tokenizer, head, limit)) {
            return HeldOutRecords.ask(pairs, PAIRS_AT_A_TIME, stop, classifier::classify)
                    .map(answers -> new ClassAnswers(
                            gold(heldOut), answers.stream().map(this::scores).toArray(double[][]::new)));
        }
    }

    /** Logarithms of probabilities, by relation. A pair that does not fit has a class after all relations, so that it is wrong. */
    private double[] scores(RelationClassifier.Answer answer) {
        double[] scores = new double[classes().size()];
        Arrays.fill(scores, Double.NEGATIVE_INFINITY);
        answer.answers().forEach(relation -> scores[relation.id()] = Math.log(relation.score()));
        if (!answer.fits()) {
            scores[labels.size()] = 0;
        }
        return scores;
    }

    /** The relations, and a class for held-out pairs that do not fit, if there are such. */
    private List<String> classes() {
        List<String> classes = new ArrayList<>(labels.names());
        if (validation.counts().unfit() > 0) {
            classes.add("(does not fit)");
        }
        return classes;
    }

    @Override
    public List<ResultTable> tables(HeldOutAnswers answers) {
        return answers instanceof ClassAnswers relations
                ? ClassTables.of(
                        classes(), relations, i -> heldOut.get(i).input().text())
                : List.of();
    }

    @Override
    public HeldOutAnswers baseline() {
        int[] gold = gold(heldOut);
        return ClassAnswers.of(gold, MajorityBaseline.classes(gold(learnt), labels.size(), gold.length), labels.size());
    }

    private int[] gold(List<Labelled<SpanPair, String>> pairs) {
        return pairs.stream()
                .mapToInt(pair -> labels.id(pair.label(), pair.input().source()))
                .toArray();
    }
}
