package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Gloss classes learned by Cloze4J and by {@code transformers} (src/test/python/finetune_peer.py) from the same weights, glosses,
 * batch size, rate and epochs. {@code -Dcloze4j.python} names a Python that has torch, transformers and scikit-learn.
 */
@Tag("peer-runs")
class PeerRunsTest {
    private static final String PYTHON = System.getProperty("cloze4j.python", "python3");
    private static final int SEEDS = 3;
    private static final int TRAINING = 6_000;
    private static final int VALIDATION = 1_000;
    private static final int TEST = 3_000;

    private static List<String> data() {
        return List.of(
                "--train",
                DataSet.GLOSS.first(Part.TRAIN, TRAINING).toString(),
                "--validation",
                DataSet.GLOSS.first(Part.VALIDATION, VALIDATION).toString(),
                "--test",
                DataSet.GLOSS.first(Part.TEST, TEST).toString(),
                "--lr",
                "3e-4",
                "--epochs",
                "3",
                "--batch-size",
                "32");
    }

    private static double ours(Path model, int seed) throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(data());
        // The optimizer's numbers that PyTorch has.
        options.addAll(List.of("--seq-len", "64", "--beta2", "0.999", "--epsilon", "1e-8"));
        options.addAll(List.of("--seed", Integer.toString(seed)));
        return CommandRun.finetune("peer-" + seed, "classification", model, options)
                .at("/test_metrics/accuracy")
                .asDouble();
    }

    private static double theirs(Path model, int seed) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PYTHON, "src/test/python/finetune_peer.py", "classes"));
        command.addAll(List.of("--model", model.toString(), "--max-length", "64", "--seed", Integer.toString(seed)));
        command.addAll(data());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), "exit code of " + command);
        System.out.print("PEER " + seed + " " + out);
        return new ObjectMapper().readTree(out).at("/test/accuracy").asDouble();
    }

    @Test
    void accuracyIsWithinThePeersSpread() throws IOException, InterruptedException {
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            ours.add(ours(RunDirectory.mini(), seed));
            theirs.add(theirs(RunDirectory.mini(), seed));
        }
        double mean = ours.stream().mapToDouble(x -> x).average().orElseThrow();
        assertTrue(
                mean >= Collections.min(theirs) && mean <= Collections.max(theirs),
                "ours " + ours + ", transformers' " + theirs);
    }
}
