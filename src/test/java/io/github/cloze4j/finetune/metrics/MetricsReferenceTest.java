package io.github.cloze4j.finetune.metrics;

import static io.github.cloze4j.finetune.metrics.Reference.assertAverage;
import static io.github.cloze4j.finetune.metrics.Reference.assertAverages;
import static io.github.cloze4j.finetune.metrics.Reference.assertNumber;
import static io.github.cloze4j.finetune.metrics.Reference.assertPerClass;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

/** Metrics of classes, numbers and ranks against scikit-learn, SciPy and NumPy. */
class MetricsReferenceTest {
    @Test
    void classesAreScoredAsByScikitLearn() {
        for (JsonNode one : Reference.cases("single-label")) {
            ConfusionMatrix matrix = ConfusionMatrix.of(
                    Reference.ints(one.get("gold")),
                    Reference.ints(one.get("predicted")),
                    one.get("classes").intValue());
            for (int gold = 0; gold < matrix.classes(); gold++) {
                for (int predicted = 0; predicted < matrix.classes(); predicted++) {
                    assertEquals(
                            one.get("confusion").get(gold).get(predicted).longValue(), matrix.count(gold, predicted));
                }
            }
            assertNumber(one.get("accuracy"), matrix.accuracy(), "accuracy");
            assertNumber(one.get("mcc"), matrix.matthews(), "mcc");
            assertPerClass(one.get("per_class"), matrix.scores().perClass(), "class");
            assertAverages(one, matrix.scores(), "classes");
            int[] majority = MajorityBaseline.classes(Reference.ints(one.get("train")), matrix.classes(), 2);
            assertArrayEquals(
                    new int[] {
                        one.get("majority").intValue(), one.get("majority").intValue()
                    },
                    majority);
        }
    }

    /** A matrix of all pairs of these classes would take 20 GB. */
    @Test
    void classesMayBeMany() {
        int classes = 50_000;
        ConfusionMatrix matrix = ConfusionMatrix.of(new int[] {0, classes - 1}, new int[] {0, 1}, classes);
        assertEquals(0.5, matrix.accuracy());
        assertEquals(1, matrix.count(classes - 1, 1));
        assertEquals(classes, matrix.scores().perClass().size());
    }

    @Test
    void severalLabelsARowAreScoredAsByScikitLearn() {
        for (JsonNode one : Reference.cases("multi-label")) {
            boolean[][] gold = Reference.booleanRows(one.get("gold"));
            MultiLabelScores scores = MultiLabelScores.of(gold, Reference.booleanRows(one.get("predicted")));
            assertNumber(one.get("subset_accuracy"), scores.subsetAccuracy(), "subset accuracy");
            assertPerClass(one.get("per_label"), scores.labels().perClass(), "label");
            assertAverages(one, scores.labels(), "labels");
            assertAverage(one.get("samples"), scores.samples(), "samples");
            boolean[][] majority = MajorityBaseline.labels(gold, 1);
            assertArrayEquals(Reference.booleans(one.get("majority")), majority[0]);
        }
    }

    @Test
    void numbersAreScoredAsByScipyAndScikitLearn() {
        for (JsonNode one : Reference.cases("regression")) {
            double[] gold = Reference.doubles(one.get("gold"));
            RegressionScores scores = RegressionScores.of(gold, Reference.doubles(one.get("predicted")));
            assertNumber(one.get("pearson"), scores.pearson(), "pearson");
            assertNumber(one.get("spearman"), scores.spearman(), "spearman");
            assertNumber(one.get("mse"), scores.meanSquaredError(), "mse");
            assertNumber(one.get("mae"), scores.meanAbsoluteError(), "mae");
            assertArrayEquals(Reference.doubles(one.get("ranks")), Ranks.average(gold));
        }
    }

    @Test
    void theAreaUnderTheCurveIsThatOfScikitLearn() {
        for (JsonNode one : Reference.cases("auc")) {
            assertNumber(
                    one.get("auc"),
                    RocAuc.of(Reference.booleans(one.get("gold")), Reference.doubles(one.get("scores"))),
                    "auc");
        }
    }

    @Test
    void theMeanReciprocalRankIsTheRankingPrecisionOfScikitLearn() {
        for (JsonNode one : Reference.cases("ranking")) {
            int[] right = Reference.ints(one.get("right"));
            int[] ranks = new int[right.length];
            for (int row = 0; row < ranks.length; row++) {
                ranks[row] = MeanReciprocalRank.rank(
                        Reference.doubles(one.get("scores").get(row)), right[row]);
            }
            assertNumber(one.get("mrr"), MeanReciprocalRank.of(ranks), "mrr");
        }
    }

    @Test
    void percentilesAreThoseOfNumpy() {
        for (JsonNode one : Reference.cases("percentiles")) {
            double[] sorted = Reference.doubles(one.get("sorted"));
            assertNumber(one.get("low"), Bootstrap.percentile(sorted, 0.025), "low");
            assertNumber(one.get("high"), Bootstrap.percentile(sorted, 0.975), "high");
        }
    }
}
