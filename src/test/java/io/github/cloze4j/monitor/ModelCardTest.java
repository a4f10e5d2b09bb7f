package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
                "| held-out accuracy | 44.9 % |\n",
                "| 1,000 | 3.221 | 44.9 % | 25.0 |\n",
                "| a musical \\[MASK\\] with strings | instrument (41.2 %), ",
                "ModelDirectory.readModel(",
                "pipeline(\"fill-mask\"")) {
            assertTrue(card.contains(part), part + " in\n" + card);
        }
    }

    @Test
    void hostileTextStaysInItsCell() {
        String hostile = "a | b\n---\n# c <script> [link](x) `code` *bold* \\ &amp; ##piece";
        RunSummary run = new RunSummary(
                hostile,
                TrainingConfig.builder().build(),
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
