package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.TrainingConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelCardTest {
    private static String card(long steps) {
        RunHistory history = new RunHistory();
        Runs.play(history, steps);
        return ModelCard.render(Runs.summary("Glosses small", history));
    }

    @Test
    void beginsWithTheFrontMatterThatHuggingFaceReads() {
        List<String> lines = card(100).lines().toList();
        assertEquals("---", lines.get(0));
        List<String> frontMatter =
                lines.subList(1, lines.subList(1, lines.size()).indexOf("---") + 1);
        assertTrue(frontMatter.contains("library_name: transformers"));
        assertTrue(frontMatter.contains("pipeline_tag: fill-mask"));
        assertFalse(frontMatter.stream().anyMatch(line -> line.startsWith("language")));
    }

    @Test
    void holdsDataHashesSettingsCurveEvaluationAndHowToLoad() {
        String card = card(1000);
        for (String part : List.of(
                "# Glosses small\n",
                "| SHA-256 of the vocabulary | 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 |\n",
                "| learning rate | 0.001 |\n",
                "| masking | whole-word |\n",
                "| held-out mlm loss (nats per target) | 3.221 |\n",
                "| held-out mlm accuracy | 44.9 % |\n",
                "| 1,000 | 3.221 | 44.9 % | 25.0 |\n",
                "| a musical \\[MASK\\] with strings | instrument (41.2 %), ",
                "ModelDirectory.readModel(",
                "pipeline(\"fill-mask\"")) {
            assertTrue(card.contains(part), part + " in\n" + card);
        }
    }

    @Test
    void aSettingWithoutAValueHasNoRow() {
        RunSummary run = new RunSummary(
                "no labels",
                TrainingConfig.builder().build(),
                Map.of("labels", "", "task", "seq2seq"),
                Runs.result(1, null),
                new RunHistory(),
                Map.of(),
                Map.of(),
                Map.of(),
                List.of());
        String card = ModelCard.render(run);
        assertTrue(card.contains("| task | seq2seq |"), card);
        assertFalse(card.contains("| labels |"), card);
    }

    @Test
    void hostileTextStaysInItsCell() {
        String hostile = "a | b\n---\n# c <script> [link](x) `code` *bold* \\ &amp; ##piece";
        RunSummary run = new RunSummary(
                hostile,
                TrainingConfig.builder().build(),
                Map.of(),
                Runs.result(1, null),
                new RunHistory(),
                Map.of(hostile, hostile),
                Map.of(),
                Map.of(),
                List.of());
        String shown = "a \\| b --- \\# c \\<script\\> \\[link\\](x) \\`code\\` \\*bold\\* \\\\ \\&amp; \\#\\#piece";
        List<String> lines = ModelCard.render(run).lines().toList();
        assertTrue(lines.contains("# " + shown), lines.toString());
        assertTrue(lines.contains("| " + shown + " | " + shown + " |"), lines.toString());
    }

    @Test
    void eachLossIsShownByItsNameAlsoAHostileOne() {
        String hostile = "a | b <c>";
        Map<String, Score> scores = Runs.withPairs(new Score(2, 0.25, 1000), new Score(0.5, 0.75, 8));
        scores.put(hostile, new Score(0.25, 1, 3));
        RunHistory history = new RunHistory();
        history.onEvaluation(1, new Evaluation(Runs.withPairs(new Score(3, 0.2, 1000), new Score(0.75, 0.5, 8))));
        history.onEvaluation(2, new Evaluation(scores));
        List<String> lines =
                ModelCard.render(Runs.summary("Losses", history)).lines().toList();
        String shown = "a \\| b \\<c\\>";
        for (String line : List.of(
                "| held-out mlm loss (nats per target) | 2.000 |",
                "| held-out nsp accuracy | 75.0 % |",
                "| held-out nsp targets | 8 |",
                "| held-out " + shown + " targets | 3 |",
                "| training loss (mlm + nsp + " + shown + "), last steps (nats) | 4.250 |",
                "| step | mlm loss | mlm accuracy | mlm perplexity | nsp loss | nsp accuracy"
                        + " | nsp perplexity | " + shown + " loss | " + shown + " accuracy | " + shown
                        + " perplexity |",
                "| 1 | 3.000 | 20.0 % | 20.1 | 0.750 | 50.0 % | 2.1 |  |  |  |",
                "| 2 | 2.000 | 25.0 % | 7.4 | 0.500 | 75.0 % | 1.6 | 0.250 | 100.0 % | 1.3 |")) {
            assertTrue(lines.contains(line), line + " in\n" + String.join("\n", lines));
        }
    }

    @Test
    void metricsAreRowsAndColumnsAndALossWithoutAnswersHasNoAccuracy() {
        RunHistory history = new RunHistory();
        history.onEvaluation(1, new Evaluation(Map.of("mse", new Score(2, Double.NaN, 40))));
        history.onEvaluation(2, Runs.measured());
        String card = ModelCard.render(Runs.summary("Regression", history));
        for (String line : List.of(
                "| held-out mse loss | 0.250 |",
                "| held-out mse targets | 40 |",
                "| held-out pearson | 0.8750 |",
                "| step | mse loss | pearson | label\\_count |",
                "| 1 | 2.000 |  |  |",
                "| 2 | 0.250 | 0.8750 | -0.5000 |")) {
            assertTrue(card.lines().toList().contains(line), line + " in\n" + card);
        }
        assertFalse(card.contains("accuracy") || card.contains("perplexity"), card);
    }

    @Test
    void withoutEvaluationsTheCurveIsThatOfTheTrainingLoss() {
        RunHistory history = new RunHistory();
        for (int step = 1; step <= 500; step++) {
            history.onStep(Runs.step(step, 500, 1000 - step));
        }
        List<String> lines =
                ModelCard.render(Runs.summary("Curve", history)).lines().toList();
        int curve = lines.indexOf("| step | training loss |");
        List<String> rows = lines.subList(
                curve + 2, curve + lines.subList(curve, lines.size()).indexOf(""));
        assertEquals(10, rows.size());
        assertEquals("| 1 | 999.000 |", rows.get(0));
        assertEquals("| 500 | 500.000 |", rows.get(9));
    }
}
