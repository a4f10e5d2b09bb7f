package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.TextClassifier;
import io.github.cloze4j.inference.TextEncoder;
import io.github.cloze4j.inference.TextPair;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Encoding;
import io.github.cloze4j.train.MetricGoal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;

/**
 * Labelled texts for a classifier: what {@link ClassificationData}, {@link MultiLabelData} and {@link RegressionData} have in
 * common.
 *
 * @param <L> the label of a text
 */
public abstract class TextData<L> implements LabelledData {
    /** Texts that are scored between two looks at whether to stop. */
    private static final int TEXTS_AT_A_TIME = 512;

    private final TaskHead head;
    private final BertTokenizer tokenizer;
    private final TokenLimit limit;
    private final EncodedTexts training;
    private final EncodedTexts validation;
    private final List<Labelled<InputText, L>> learnt;
    private final List<Labelled<InputText, L>> heldOut;

    TextData(
            TaskHead head,
            BertTokenizer tokenizer,
            TokenLimit limit,
            List<Labelled<InputText, L>> training,
            List<Labelled<InputText, L>> validation,
            BiFunction<Encoding, Labelled<InputText, L>, LabelledTokens> toExample) {
        this.head = head;
        this.tokenizer = tokenizer;
        this.limit = limit;
        learnt = List.copyOf(training);
        heldOut = List.copyOf(validation);
        TextEncoder encoder = new TextEncoder(tokenizer, limit);
        this.training = EncodedTexts.of(encoder, training, toExample);
        this.validation = EncodedTexts.of(encoder, validation, toExample);
    }

    /** The metrics and their directions. */
    abstract Map<String, MetricGoal> goals();

    /** The answers that scores of all held-out texts mean, {@code [texts][labels]}. */
    abstract HeldOutAnswers answers(double[][] scores);

    @Override
    public final TaskHead head() {
        return head;
    }

    @Override
    public final List<LabelledTokens> training() {
        return training.examples();
    }

    @Override
    public final List<LabelledTokens> validation() {
        return validation.examples();
    }

    /** What happened to long texts of the training data. */
    public final LongTexts longTraining() {
        return training.counts();
    }

    /** What happened to long held-out texts. */
    public final LongTexts longValidation() {
        return validation.counts();
    }

    @Override
    public final String trainingRemarks() {
        return longTraining().toString();
    }

    @Override
    public final String heldOutRemarks() {
        return longValidation().toString();
    }

    /** The texts to learn from. */
    final List<Labelled<InputText, L>> learnt() {
        return learnt;
    }

    /** The held-out texts. */
    public final List<Labelled<InputText, L>> heldOut() {
        return heldOut;
    }

    @Override
    public final Map<String, MetricGoal> metricGoals() {
        return heldOut.isEmpty() ? Map.of() : goals();
    }

    @Override
    public final Optional<HeldOutAnswers> answers(Bert model, BooleanSupplier stop) {
        List<TextPair> texts = EncodedTexts.inputs(heldOut);
        try (TextClassifier classifier = new TextClassifier(model, tokenizer, head, limit)) {
            return HeldOutRecords.ask(texts, TEXTS_AT_A_TIME, stop, some -> List.of(classifier.scores(some)))
                    .map(scores -> answers(scores.toArray(double[][]::new)));
        }
    }
}
