package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.MajorityBaseline;
import io.github.cloze4j.finetune.metrics.MultiLabelScores;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.MetricGoal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Texts, or pairs of texts, of any number of classes each. The model gives a text each class whose probability is above one half.
 *
 * <p>Metrics: {@code subset_accuracy}, the share of texts with exactly their classes; {@code micro_f1} and {@code macro_f1}.
 */
public final class MultiLabelData extends TextData<List<String>> {
    private final Labels labels;

    /**
     * Encodes the texts.
     *
     * @param labels of the data or of a model
     * @param validation held-out texts; may be empty
     * @throws io.github.cloze4j.CorpusException if a text has a label that is none of these, naming its line
     */
    public MultiLabelData(
            Labels labels,
            BertTokenizer tokenizer,
            TokenLimit limit,
            List<Labelled<InputText, List<String>>> training,
            List<Labelled<InputText, List<String>>> validation) {
        super(
                new TaskHead(TaskKind.MULTI_LABEL, labels.names()),
                tokenizer,
                limit,
                training,
                validation,
                (window, text) -> LabelledTokens.ofValues(window, values(labels, text)));
        this.labels = labels;
    }

    private static float[] values(Labels labels, Labelled<InputText, List<String>> text) {
        float[] values = new float[labels.size()];
        text.label().forEach(label -> values[labels.id(label, text.input().source())] = 1);
        return values;
    }

    @Override
    Map<String, MetricGoal> goals() {
        return Goals.higher(List.of("subset_accuracy", "micro_f1", "macro_f1"));
    }

    @Override
    HeldOutAnswers answers(double[][] scores) {
        boolean[][] predicted = new boolean[scores.length][labels.size()];
        for (int i = 0; i < scores.length; i++) {
            for (int label = 0; label < predicted[i].length; label++) {
                // A probability above one half.
                predicted[i][label] = scores[i][label] > 0;
            }
        }
        return new Answers(gold(heldOut()), predicted);
    }

    @Override
    public HeldOutAnswers baseline() {
        boolean[][] gold = gold(heldOut());
        return new Answers(gold, MajorityBaseline.labels(gold(learnt()), gold.length));
    }

    private boolean[][] gold(List<Labelled<InputText, List<String>>> texts) {
        boolean[][] gold = new boolean[texts.size()][labels.size()];
        for (int i = 0; i < gold.length; i++) {
            Labelled<InputText, List<String>> text = texts.get(i);
            for (String label : text.label()) {
                gold[i][labels.id(label, text.input().source())] = true;
            }
        }
        return gold;
    }

    private record Answers(boolean[][] gold, boolean[][] predicted) implements HeldOutAnswers {
        @Override
        public int count() {
            return gold.length;
        }

        @Override
        public Map<String, Double> metrics(int[] which) {
            MultiLabelScores scores = MultiLabelScores.of(some(gold, which), some(predicted, which));
            Map<String, Double> metrics = new LinkedHashMap<>();
            metrics.put("subset_accuracy", scores.subsetAccuracy());
            metrics.put("micro_f1", scores.labels().micro().f1());
            metrics.put("macro_f1", scores.labels().macro().f1());
            return metrics;
        }

        private static boolean[][] some(boolean[][] rows, int[] which) {
            return Arrays.stream(which).mapToObj(i -> rows[i]).toArray(boolean[][]::new);
        }
    }
}
