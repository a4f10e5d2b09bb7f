package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of {@code finetune} for layers, the best model and seeds. */
class FinetuneOptionsTest {
    @TempDir
    private static Path parent;

    private static Path train;

    @BeforeAll
    static void writeData() throws IOException {
        Random random = new Random(3);
        // Labels that a text does not decide, so that seeds end with different scores.
        train = Files.writeString(
                parent.resolve("train.csv"),
                IntStream.range(0, 60)
                        .mapToObj(i -> (i % 2 == 0 ? "the cat," : "red red,")
                                + (random.nextInt(3) == 0 ^ i % 2 == 0 ? "animal" : "colour"))
                        .collect(Collectors.joining("\n", "text,label\n", "\n")));
    }

    /** The command line; an option of {@code more} takes the place of the one that is here. */
    private static String[] finetune(Path output, String... more) {
        Map<String, String> options = new LinkedHashMap<>();
        Stream.concat(
                        Stream.of(
                                "--kernels=nd4j",
                                "--model=" + PretrainedFixture.DIRECTORY,
                                "--train=" + train,
                                "--output=" + output,
                                "--validation-fraction=0.3",
                                "--seq-len=16",
                                "--lr=3e-3"),
                        Stream.of(more))
                .forEach(option -> options.put(option.split("=")[0], option));
        return Stream.concat(Stream.of("finetune", "classification"), options.values().stream())
                .toArray(String[]::new);
    }

    private static Map<String, byte[]> weights(Path directory) {
        Map<String, byte[]> weights = new HashMap<>();
        try (SafeTensorsFile file = SafeTensors.open(directory.resolve("model.safetensors"))) {
            for (String name : file.names()) {
                ByteBuffer data = file.tensor(name).data().duplicate();
                byte[] bytes = new byte[data.remaining()];
                data.get(bytes);
                weights.put(name, bytes);
            }
        }
        return weights;
    }

    @Test
    void aRunGoesOnWithItsOptionsOnly() throws IOException {
        Path output = parent.resolve("again");
        assertEquals(
                0,
                CliRun.of(finetune(output, "--epochs=1", "--label-smoothing=0.1"))
                        .code());
        for (String[] other : new String[][] {
            {"--epochs=1", "--label-smoothing=0.1", "--lr=1e-4"},
            {"--epochs=1"},
            {"--epochs=1", "--label-smoothing=0.1", "--stride=4"}
        }) {
            CliRun refused = CliRun.of(Stream.concat(Stream.of(finetune(output, other)), Stream.of("--resume"))
                    .toArray(String[]::new));
            assertEquals(2, refused.code(), refused.err());
            assertTrue(
                    refused.err().contains("Expected --resume with the options that the run began with: "),
                    refused.err());
        }
        CliRun further = CliRun.of(Stream.concat(
                        Stream.of(finetune(output, "--epochs=2", "--label-smoothing=0.10", "--lr=0.003")),
                        Stream.of("--resume"))
                .toArray(String[]::new));
        assertEquals(0, further.code(), further.err());
        assertTrue(further.out().contains("resumed after step"), further.out());
    }

    @Test
    void frozenPartsStayAndTopLayersBeginAnew() throws IOException {
        Path output = parent.resolve("layers");
        // The rate is too small to move a weight, so that what is anew is what was drawn.
        CliRun.json(finetune(
                output,
                "--epochs=1",
                "--freeze=embeddings",
                "--reinit-layers=1",
                "--layer-lr-decay=0.5",
                "--lr=1e-30"));
        Map<String, byte[]> before = weights(PretrainedFixture.DIRECTORY);
        Map<String, byte[]> after = weights(output);
        String top = "bert.encoder.layer.1.output.dense.weight";
        for (String same :
                List.of("bert.embeddings.word_embeddings.weight", "bert.encoder.layer.0.output.dense.weight")) {
            assertArrayEquals(before.get(same), after.get(same), same);
        }
        assertNotEquals(Arrays.hashCode(before.get(top)), Arrays.hashCode(after.get(top)));
        String log = Files.readString(output.resolve("training.jsonl"));
        assertTrue(log.contains("\"layer_decay\":0.5"), log);

        Path trained = parent.resolve("trained");
        CliRun.json(finetune(trained, "--epochs=1", "--freeze=embeddings,0"));
        Map<String, byte[]> moved = weights(trained);
        String lower = "bert.encoder.layer.0.output.dense.weight";
        assertArrayEquals(before.get(lower), moved.get(lower));
        assertNotEquals(Arrays.hashCode(before.get(top)), Arrays.hashCode(moved.get(top)));
    }

    @Test
    void theBestModelIsTheOneThatIsWrittenAndScored() throws IOException {
        JsonNode result = CliRun.json(finetune(
                parent.resolve("best"), "--epochs=30", "--best-metric=mcc", "--early-stopping=3", "--evaluations=30"));
        assertEquals("mcc", result.get("best_metric").asText());
        assertEquals(result.get("best_value"), result.get("metrics").get("mcc"));
        assertTrue(result.get("best_step").asLong() < result.get("steps").asLong(), result.toString());
        assertTrue(result.get("steps").asLong() < 60, "the run stopped early: " + result);
    }

    @Test
    void seedsAreRunsOfTheirOwnThatAreCompared() throws IOException {
        Path output = parent.resolve("seeds");
        JsonNode result = CliRun.json(finetune(output, "--epochs=1", "--lr=0.05", "--seeds=4,0"));
        assertEquals(List.of(4, 0), new ObjectMapper().convertValue(result.get("seeds"), List.class));
        double[] values = IntStream.range(0, 2)
                .mapToDouble(run -> result.get("runs")
                        .get(run)
                        .get("metrics")
                        .get("accuracy")
                        .asDouble())
                .toArray();
        JsonNode accuracy = result.get("metrics").get("accuracy");
        assertEquals((values[0] + values[1]) / 2, accuracy.get("mean").asDouble(), 1e-12);
        assertEquals(
                Math.abs(values[0] - values[1]) / Math.sqrt(2),
                accuracy.get("standard_deviation").asDouble(),
                1e-12);
        assertEquals(Math.max(values[0], values[1]), accuracy.get("best").asDouble());
        assertEquals(values[0] >= values[1] ? 4 : 0, accuracy.get("best_seed").asInt());
        assertEquals(
                result, new ObjectMapper().readTree(output.resolve("seeds.json").toFile()));
        // Each is the run that its seed gives alone.
        Path alone = parent.resolve("alone");
        JsonNode single = CliRun.json(finetune(alone, "--epochs=1", "--lr=0.05", "--seed=0"));
        assertEquals(single.get("train_loss"), result.get("runs").get(1).get("train_loss"));
        Map<String, byte[]> expected = weights(alone);
        weights(output.resolve("seed-0")).forEach((name, bytes) -> assertArrayEquals(expected.get(name), bytes, name));
        assertNotEquals(
                result.get("runs").get(0).get("train_loss"),
                result.get("runs").get(1).get("train_loss"));

        JsonNode again = CliRun.json(finetune(output, "--epochs=1", "--lr=0.05", "--seeds=4,0,7", "--resume"));
        assertEquals(
                result.get("runs").get(0).get("metrics"),
                again.get("runs").get(0).get("metrics"));
        assertEquals(3, again.get("runs").size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--freeze=embedding; such as embeddings,0-5. Received: embedding",
                "--freeze=2; from 0 to 1, those of the model. Received: 2",
                "--reinit-layers=3; --reinit-layers from 0 to 2",
                "--reinit-layers=1 --freeze=1; layer 1 at random weights",
                "--layer-lr-decay=0; (0, 1]. Received: 0.0",
                "--best-metric=f2; one of [loss, ",
                "--early-stopping=-1; patience of at least 0",
                "--best-metric=mcc --validation-fraction=0; held-out records",
                "--seeds=1; two or more different seeds",
                "--seeds=1,2,1; two or more different seeds",
            })
    void whatDoesNotFitIsWrongUsage(String options, String message) {
        CliRun run = CliRun.of(finetune(parent.resolve("refused"), options.split(" ")));
        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains(message), run.err());
    }
}
