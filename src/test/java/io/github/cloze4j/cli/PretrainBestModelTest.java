package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code pretrain --best-metric} and {@code --early-stopping}. */
class PretrainBestModelTest {
    @TempDir
    Path root;

    private String[] arguments(String... more) throws IOException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 60);
        String[] all = new String[more.length + 2];
        all[0] = "--corpus=" + corpus;
        all[1] = "--seq-len=16";
        System.arraycopy(more, 0, all, 2, more.length);
        return PretrainFixture.arguments(root.resolve("model"), all);
    }

    @Test
    void aRunStopsEarlyAndEndsWithItsBestModelAlsoWhenItIsResumed() throws IOException {
        JsonNode result = CliRun.json(
                arguments("--steps=400", "--eval-every=5", "--lr=0.1", "--best-metric=mlm", "--early-stopping=3"));
        long steps = result.get("steps").asLong();
        long best = result.get("best_step").asLong();
        assertEquals("mlm", result.get("best_metric").asText());
        assertEquals(result.get("best_value"), result.get("mlm_loss"));
        assertEquals(best + 15, steps, result.toString());
        assertTrue(steps < 400, result.toString());
        for (String file : List.of("README.md", "report.html", "training.jsonl")) {
            String text = Files.readString(root.resolve("model").resolve(file));
            assertTrue(text.contains(file.equals("training.jsonl") ? "\"best_step\":" + best : "best mlm"), text);
        }

        JsonNode again = CliRun.json("pretrain", "--output=" + root.resolve("model"), "--resume");
        for (String field : List.of("steps", "best_metric", "best_step", "best_value", "mlm_loss")) {
            assertEquals(result.get(field), again.get(field), field);
        }
    }

    /** Losses of two objectives cannot be compared: the masked words of the first one are the easier ones here. */
    @ParameterizedTest
    @CsvSource({"'mlm:0.5,clm', loss, clm_loss", "'clm:0.5,mlm', mlm, mlm_loss"})
    void ofSeveralObjectivesTheLastOneSelectsTheModelAndStopsTheRun(String objectives, String metric, String loss)
            throws IOException {
        String[] options = {
            "--steps=60", "--eval-every=2", "--early-stopping=3", "--best-metric=" + metric, "--objective=" + objectives
        };
        JsonNode result = CliRun.json(arguments(options));
        assertTrue(result.get("best_step").asLong() > 30, result.toString());
        assertEquals(result.get("best_value"), result.get(loss));
        JsonNode again = CliRun.json("pretrain", "--output=" + root.resolve("model"), "--resume");
        for (String field : List.of("steps", "best_metric", "best_step", "best_value", loss)) {
            assertEquals(result.get(field), again.get(field), field);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--objective=clm:0.5;mlm --best-metric=clm, 'one of [loss, mlm, mlm_accuracy]. Received: clm'",
        "--best-metric=nsp, 'one of [loss, mlm, mlm_accuracy]. Received: nsp'",
        "--early-stopping=2 --validation-fraction=0, to evaluate on for --best-metric",
        "--early-stopping=2 --eval-every=0, evaluations during the run",
        "--early-stopping=-1, early-stopping patience"
    })
    void whatCannotBeSelectedIsWrongUsage(String options, String message) throws IOException {
        CliRun run = CliRun.of(arguments(options.replace(';', ',').split(" ")));
        assertEquals(2, run.code(), run.err());
        assertTrue(run.errorLines().get(0).contains(message), run.err());
    }
}
