package io.github.cloze4j.finetune.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Input that no metric takes, and what the refusals say. */
class MetricInputTest {
    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void lengthsThatDifferAreRefused() {
        String message = "Expected as many predictions as gold values. Received: 2 predictions for 1 gold values."
                + " Score each row exactly once.";
        refused(message, () -> ConfusionMatrix.of(new int[1], new int[2], 2));
        refused(message, () -> MultiLabelScores.of(new boolean[1][2], new boolean[2][2]));
        refused(message, () -> RegressionScores.of(new double[1], new double[2]));
        refused(message, () -> RocAuc.of(new boolean[1], new double[2]));
    }

    @Test
    void noRowsAreRefused() {
        String message = "Expected at least one row to score. Received: none. Evaluate on data that is not empty.";
        refused(message, () -> ConfusionMatrix.of(new int[0], new int[0], 2));
        refused(message, () -> MultiLabelScores.of(new boolean[0][], new boolean[0][]));
        refused(message, () -> RegressionScores.of(new double[0], new double[0]));
        refused(message, () -> RocAuc.of(new boolean[0], new double[0]));
        refused(message, () -> MeanReciprocalRank.of(new int[0]));
        refused(message, () -> MajorityBaseline.classes(new int[0], 2, 1));
        refused(message, () -> MajorityBaseline.labels(new boolean[0][], 1));
        refused(message, () -> MajorityBaseline.mean(new double[0], 1));
    }

    @Test
    void labelsOutOfRangeAreRefused() {
        refused(
                "Expected gold labels from 0 to 1. Received: -100 in row 1. Leave out rows without a label.",
                () -> ConfusionMatrix.of(new int[] {0, -100}, new int[2], 2));
        refused(
                "Expected predicted labels from 0 to 1. Received: 2 in row 0. Leave out rows without a label.",
                () -> ConfusionMatrix.of(new int[1], new int[] {2}, 2));
        refused(
                "Expected training labels from 0 to 1. Received: 2 in row 0. Leave out rows without a label.",
                () -> MajorityBaseline.classes(new int[] {2}, 2, 1));
        refused(
                "Expected right labels from 0 to 1. Received: 2 in row 0. Leave out rows without a label.",
                () -> MeanReciprocalRank.rank(new double[2], 2));
        refused(
                "Expected at least one class. Received: 0. Pass the number of the model's labels.",
                () -> ConfusionMatrix.of(new int[1], new int[1], 0));
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        double[] nan = {0, Double.NaN};
        double[] infinite = {Double.NEGATIVE_INFINITY, 0};
        String end = " Look for a training run that diverged.";
        refused(
                "Expected predicted values that are finite. Received: NaN in row 1." + end,
                () -> RegressionScores.of(new double[2], nan));
        refused(
                "Expected gold values that are finite. Received: -Infinity in row 0." + end,
                () -> RegressionScores.of(infinite, new double[2]));
        refused(
                "Expected score values that are finite. Received: NaN in row 1." + end,
                () -> RocAuc.of(new boolean[2], nan));
        refused(
                "Expected score values that are finite. Received: NaN in row 1." + end,
                () -> MeanReciprocalRank.rank(nan, 0));
    }

    @Test
    void rowsOfDifferentWidthAreRefused() {
        refused(
                "Expected 2 labels in every row. Received: 2 gold and 1 predicted labels in row 0."
                        + " Pass one boolean for each label of the model.",
                () -> MultiLabelScores.of(new boolean[1][2], new boolean[1][1]));
    }

    @Test
    void countsThatDoNotFitAreRefused() {
        refused(
                "Expected true positives from 0 to the smaller of predicted and gold."
                        + " Received: 2 of 3 predicted and 1 gold. Count true positives in both other counts.",
                () -> new ClassScore(2, 3, 1));
        refused(
                "Expected ranks of at least 0. Received: -1 in row 0. Pass 1 for the best candidate and 0 for none.",
                () -> MeanReciprocalRank.of(new int[] {-1}));
    }

    @Test
    void aCandidateThatIsNotFoundCountsAsZero() {
        assertEquals((0.25 + 1) / 4, MeanReciprocalRank.of(new int[] {0, 4, 1, 0}), 1e-15);
    }

    @Test
    void theMeanBaselineHasTheVarianceAsItsError() {
        double[] values = {1, 2, 6};
        double[] mean = MajorityBaseline.mean(values, 3);
        assertArrayEquals(new double[] {3, 3, 3}, mean);
        RegressionScores scores = RegressionScores.of(values, mean);
        assertEquals(14.0 / 3, scores.meanSquaredError(), 1e-15);
        assertEquals(Double.NaN, scores.pearson());
    }

    @Test
    void classesThatOccurNowhereAreCountedAndLeftOutOfTheMacroAverage() {
        ClassScores scores =
                ConfusionMatrix.of(new int[] {0, 1}, new int[] {0, 0}, 4).scores();
        assertEquals(4, scores.perClass().size());
        assertEquals(1, scores.undefinedPrecisions());
        assertEquals(0, scores.undefinedRecalls());
        assertEquals(0, scores.undefinedF1s());
        assertEquals(1.0 / 3, scores.macro().f1(), 1e-15);
        ClassScores all = ClassScores.overAll(scores.perClass());
        assertEquals(2, all.undefinedF1s());
        assertEquals(1.0 / 6, all.macro().f1(), 1e-15);
    }
}
