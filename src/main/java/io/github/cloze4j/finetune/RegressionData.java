package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.MajorityBaseline;
import io.github.cloze4j.finetune.metrics.RegressionScores;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
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
 * Texts, or pairs of texts, with a number each, such as how alike the two texts of a pair are.
 *
 * <p>Metrics: {@code pearson}, {@code spearman}, mean squared error {@code mse}, mean absolute error {@code mae}.
 */
public final class RegressionData extends TextData<Double> {
    /** The name of the number: that of {@code transformers}. */
    private static final String NUMBER = "LABEL_0";

    /**
     * Encodes the texts.
     *
     * @param validation held-out texts; may be empty
     */
    public RegressionData(
            BertTokenizer tokenizer,
            TokenLimit limit,
            List<Labelled<InputText, Double>> training,
            List<Labelled<InputText, Double>> validation) {
        super(
                new TaskHead(TaskKind.REGRESSION, List.of(NUMBER)),
                tokenizer,
                limit,
                training,
                validation,
                (window, text) -> LabelledTokens.ofValues(window, text.label().floatValue()));
    }

    @Override
    Map<String, MetricGoal> goals() {
        return Goals.of(List.of("pearson", "spearman"), List.of("mse", "mae"));
    }

    @Override
    HeldOutAnswers answers(double[][] scores) {
        return new Answers(
                gold(heldOut()),
                Arrays.stream(scores).mapToDouble(row -> row[0]).toArray());
    }

    @Override
    public HeldOutAnswers baseline() {
        double[] gold = gold(heldOut());
        return new Answers(gold, MajorityBaseline.mean(gold(learnt()), gold.length));
    }

    private static double[] gold(List<Labelled<InputText, Double>> texts) {
        return texts.stream().mapToDouble(Labelled::label).toArray();
    }

    private record Answers(double[] gold, double[] predicted) implements HeldOutAnswers {
        @Override
        public int count() {
            return gold.length;
        }

        @Override
        public Map<String, Double> metrics(int[] which) {
            RegressionScores scores = RegressionScores.of(some(gold, which), some(predicted, which));
            Map<String, Double> metrics = new LinkedHashMap<>();
            metrics.put("pearson", scores.pearson());
            metrics.put("spearman", scores.spearman());
            metrics.put("mse", scores.meanSquaredError());
            metrics.put("mae", scores.meanAbsoluteError());
            return metrics;
        }

        private static double[] some(double[] rows, int[] which) {
            return Arrays.stream(which).mapToDouble(i -> rows[i]).toArray();
        }
    }
}
