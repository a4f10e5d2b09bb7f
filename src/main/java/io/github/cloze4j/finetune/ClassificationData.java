package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.MajorityBaseline;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.ResultTable;
import java.util.List;
import java.util.Map;

/**
 * Texts, or pairs of texts, of one class each. A long text that is read in windows is an example for each window, all with the
 * text's class; held-out texts are scored by the mean of their windows.
 *
 * <p>Metrics: {@code accuracy}; {@code macro_precision}, {@code macro_recall} and {@code macro_f1}, means over the classes that occur; {@code weighted_f1}, weighted by their
 * right answers; Matthews' correlation {@code mcc}; of two classes also {@code roc_auc} of the second.
 */
public final class ClassificationData extends TextData<String> {
    private final Labels labels;

    /**
     * Encodes the texts.
     *
     * @param labels of the data or of a model
     * @param validation held-out texts; may be empty
     * @throws io.github.cloze4j.CorpusException if a text has a label that is none of these, naming its line
     */
    public ClassificationData(
            Labels labels,
            BertTokenizer tokenizer,
            TokenLimit limit,
            List<Labelled<InputText, String>> training,
            List<Labelled<InputText, String>> validation) {
        super(
                new TaskHead(TaskKind.CLASSIFICATION, labels.names()),
                tokenizer,
                limit,
                training,
                validation,
                (window, text) -> LabelledTokens.ofClass(window, id(labels, text)));
        this.labels = labels;
    }

    private static int id(Labels labels, Labelled<InputText, String> text) {
        return labels.id(text.label(), text.input().source());
    }

    @Override
    Map<String, MetricGoal> goals() {
        return Goals.higher(ClassAnswers.metricNames(labels.size()));
    }

    @Override
    HeldOutAnswers answers(double[][] scores) {
        return new ClassAnswers(gold(heldOut()), scores);
    }

    @Override
    public List<ResultTable> tables(HeldOutAnswers answers) {
        return answers instanceof ClassAnswers classes
                ? ClassTables.of(labels.names(), classes, this::heldOutText)
                : List.of();
    }

    private String heldOutText(int number) {
        InputText text = heldOut().get(number).input();
        return text.pair() == null ? text.text() : text.text() + " | " + text.pair();
    }

    @Override
    public HeldOutAnswers baseline() {
        int[] gold = gold(heldOut());
        return ClassAnswers.of(
                gold, MajorityBaseline.classes(gold(learnt()), labels.size(), gold.length), labels.size());
    }

    private int[] gold(List<Labelled<InputText, String>> texts) {
        return texts.stream().mapToInt(text -> id(labels, text)).toArray();
    }
}
