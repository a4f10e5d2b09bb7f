package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters on the command line: trained, used, merged. */
class AdapterCommandsTest {
    private static final String ADAPTER = "adapter_model.safetensors";
    private static final String MODEL = "model.safetensors";

    @TempDir
    private Path root;

    private Path base;
    private Path records;

    @BeforeEach
    void writeInput() throws IOException {
        base = PretrainedFixture.copy(root);
        records = Files.writeString(
                root.resolve("train.csv"),
                IntStream.range(0, 40)
                        .mapToObj(i -> i % 2 == 0 ? "the cat,animal" : "red red,colour")
                        .collect(Collectors.joining("\n", "text,label\n", "\n")));
    }

    private CliRun finetune(Path output, String... more) {
        return finetune(base, 10, output, more);
    }

    private CliRun finetune(Path model, int epochs, Path output, String... more) {
        return CliRun.of(Stream.concat(
                        Stream.of(
                                "finetune",
                                "classification",
                                "--model=" + model,
                                "--train=" + records,
                                "--output=" + output,
                                "--seq-len=16",
                                "--epochs=" + epochs,
                                "--lr=1e-2"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private static JsonNode predictions(Path model) throws IOException {
        return CliRun.json("predict", "--model=" + model, "the cat", "red red").get("predictions");
    }

    private static void assertSame(JsonNode expected, JsonNode received) {
        for (int i = 0; i < expected.size(); i++) {
            JsonNode a = expected.get(i).get("labels").get(0);
            JsonNode b = received.get(i).get("labels").get(0);
            assertEquals(a.get("label"), b.get("label"));
            assertEquals(a.get("probability").asDouble(), b.get("probability").asDouble(), 1e-5);
        }
    }

    @Test
    void anAdapterIsTrainedAndAnswersAsTheMergedModelDoes() throws IOException, InterruptedException {
        byte[] before = Files.readAllBytes(base.resolve(MODEL));
        Path adapter = root.resolve("adapter");
        CliRun run = finetune(adapter, "--adapter=lora", "--lora-rank=2", "--lora-targets=query,output", "--rslora");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("rsLoRA of rank 2, alpha 8.0"), run.out());
        assertTrue(run.out().contains(" of them trained)"), run.out());
        assertTrue(run.out().contains("held out accuracy: 1.0000"), run.out());
        assertFalse(Files.exists(adapter.resolve(MODEL)));
        String card = Files.readString(adapter.resolve("README.md"));
        assertTrue(card.contains("PeftModel.from_pretrained(base, \"this-directory\")"), card);
        try (SafeTensorsFile file = SafeTensors.open(adapter.resolve(ADAPTER))) {
            assertEquals(2 * 2 * 2 + 4, file.names().size());
        }
        JsonNode answers = predictions(adapter);
        assertEquals("animal", answers.get(0).get("labels").get(0).get("label").asText());

        // In a process of its own: the command line sets up the log before the first class of a library is loaded.
        ChildRun printed = new ChildRun.Command().run(root, "predict", "--model=" + adapter, "red red");
        assertTrue(printed.err().contains("12 trained tensors: 8 of low-rank updates"), printed.err());
        assertTrue(printed.err().contains("missing: none; unexpected: none"), printed.err());

        Path merged = root.resolve("merged");
        CliRun whole = finetune(
                merged, "--adapter=lora", "--lora-rank=2", "--lora-targets=query,output", "--rslora", "--merge");
        assertEquals(0, whole.code(), whole.err());
        assertFalse(Files.exists(merged.resolve(ADAPTER)));
        assertSame(answers, predictions(merged));
        assertArrayEquals(before, Files.readAllBytes(base.resolve(MODEL)));

        // An adapter is a model too: it can be trained further as a whole, but not adapted again.
        assertEquals(0, finetune(adapter, 1, root.resolve("further")).code());
        CliRun twice = finetune(adapter, 1, root.resolve("twice"), "--adapter=lora");
        assertEquals(1, twice.code());
        assertTrue(twice.err().contains("which is an adapter itself"), twice.err());
        assertFalse(Files.exists(root.resolve("twice")));
    }

    @Test
    void aRunGoesOnWithItsOwnAdapterOnly() {
        Path output = root.resolve("adapter");
        assertEquals(0, finetune(base, 1, output, "--adapter=lora").code());
        CliRun other = finetune(base, 2, output, "--adapter=lora", "--resume", "--lora-alpha=16");
        assertEquals(2, other.code(), other.err());
        assertTrue(other.err().contains("--lora-alpha 16.0"), other.err());
        CliRun whole = finetune(base, 2, output, "--resume");
        assertEquals(2, whole.code(), whole.err());
        assertTrue(whole.err().contains("--adapter"), whole.err());
        CliRun resumed = finetune(base, 2, output, "--adapter=lora", "--resume");
        assertEquals(0, resumed.code(), resumed.err());
        assertTrue(resumed.out().contains("resumed after step"), resumed.out());
    }

    private CliRun pretrain(Path output, String... more) throws IOException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 100);
        return CliRun.of(Stream.concat(
                        Stream.of(
                                "pretrain",
                                "--from=" + base,
                                "--output=" + output,
                                "--corpus=" + corpus,
                                "--seq-len=16",
                                "--steps=4",
                                "--lr=1e-2"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    /** With the rate of whole models an adapter hardly learns. */
    @Test
    void adaptersHaveALearningRateOfTheirOwn() throws IOException {
        Path tuned = root.resolve("tuned");
        CliRun first = CliRun.of(
                "finetune",
                "classification",
                "--model=" + base,
                "--train=" + records,
                "--output=" + tuned,
                "--seq-len=16",
                "--steps=1",
                "--adapter=lora");
        assertEquals(0, first.code(), first.err());
        assertTrue(Files.readString(tuned.resolve("finetune.properties")).contains("lr=5e-4"));

        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 100);
        Path pretrained = root.resolve("pretrained");
        CliRun second = CliRun.of(
                "pretrain",
                "--from=" + base,
                "--output=" + pretrained,
                "--corpus=" + corpus,
                "--seq-len=16",
                "--steps=1",
                "--adapter=lora");
        assertEquals(0, second.code(), second.err());
        assertTrue(Files.readString(pretrained.resolve("pretrain.properties")).contains("lr=5e-4"));
    }

    private JsonNode evaluate(Path model) throws IOException {
        return CliRun.json("evaluate", "--model=" + model, "--corpus=" + root.resolve("corpus.txt"), "--seq-len=16");
    }

    @Test
    void furtherPretrainingTrainsAnAdapter() throws IOException {
        Path output = root.resolve("adapter");
        CliRun run = pretrain(output, "--adapter=lora", "--lora-targets=all");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains(" of them trained)"), run.out());
        JsonNode config = new ObjectMapper()
                .readTree(output.resolve("adapter_config.json").toFile());
        assertTrue(config.get("task_type").isNull());
        assertEquals(
                "BertForMaskedLM",
                config.get("auto_mapping").get("base_model_class").asText());
        try (SafeTensorsFile file = SafeTensors.open(output.resolve(ADAPTER))) {
            assertTrue(file.names().stream().allMatch(name -> name.contains("lora_")));
        }
        CliRun filled = CliRun.of("fill-mask", "--model=" + output, "the [MASK] sat");
        assertEquals(0, filled.code(), filled.err());
        JsonNode ofBase = evaluate(base);
        assertTrue(
                evaluate(output).get("mlm_loss").asDouble()
                        < ofBase.get("mlm_loss").asDouble(),
                ofBase.toString());
        Path onnx = root.resolve("adapted.onnx");
        assertEquals(
                0, CliRun.of("export", "--model=" + output, "--output=" + onnx).code());

        CliRun resumed = CliRun.of("pretrain", "--resume", "--output=" + output, "--steps=6");
        assertEquals(0, resumed.code(), resumed.err());
        CliRun other = CliRun.of("pretrain", "--resume", "--output=" + output, "--steps=8", "--lora-rank=4");
        assertEquals(2, other.code());
        assertTrue(other.err().contains("--lora-rank"), other.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--lora-rank=4; no --adapter",
                "--merge; Expected --adapter with --merge",
                "--adapter=dora; Expected --adapter lora",
                "--adapter=lora --lora-targets=query,pooler; 'pooler'",
                "--adapter=lora --lora-rank=0; rank from 1",
                "--adapter=lora --objective=mlm-nsp --blank-line-documents; --objective mlm, clm or prefix-lm with --adapter"
            })
    void mistakesAreNamedBeforeAnythingIsMade(String options, String words) throws IOException {
        PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 100);
        Map<String, String> before = PretrainFixture.contents(root);
        for (CliRun run : options.contains("objective")
                ? Set.of(pretrain(root.resolve("new"), options.split(" ")))
                : Set.of(
                        pretrain(root.resolve("new"), options.split(" ")),
                        finetune(root.resolve("new"), options.split(" ")))) {
            assertEquals(2, run.code(), run.err());
            assertTrue(run.err().contains(words), run.err());
        }
        assertEquals(before, PretrainFixture.contents(root));
    }

    @Test
    void anAdapterOfPretrainingNeedsAModelWithAHead() throws IOException {
        base = Path.of("src/test/resources/pretrained/directories/encoder");
        CliRun run = pretrain(root.resolve("new"), "--adapter=lora");
        assertEquals(1, run.code(), run.err());
        assertTrue(run.err().contains("masked-language-model head for --adapter"), run.err());
        Path corpus = root.resolve("corpus.txt");
        CliRun without =
                CliRun.of("pretrain", "--output=" + root.resolve("new"), "--corpus=" + corpus, "--adapter=lora");
        assertEquals(2, without.code(), without.err());
        assertTrue(without.err().contains("--adapter with --from"), without.err());
    }

    @Test
    void aBenchmarkOfAnAdapterTakesLessMemory() throws IOException {
        String[] options = {
            "benchmark", "--layers=2", "--hidden=64", "--heads=2", "--vocab-size=1000", "--seq-len=16", "--batch-size=2"
        };
        CliRun run = CliRun.of(Stream.concat(Stream.of(options), Stream.of("--steps=1", "--adapter=lora"))
                .toArray(String[]::new));
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains(" of them trained)"), run.out());
        assertFalse(run.out().contains("gemm_fraction"), "its products are others");
    }

    @Test
    void helpHasTheDefaultsOfTheLibrary() {
        String help = CliRun.of("finetune", "--help").out().replaceAll("\\s+", " ");
        assertTrue(help.contains("rank of the updates (default: " + LoraConfig.DEFAULT.rank() + ")"), help);
        assertTrue(help.contains("divided by the rank (default: " + (int) LoraConfig.DEFAULT.alpha() + ")"), help);
        assertEquals(0, LoraConfig.DEFAULT.dropout());
        assertTrue(help.contains("(default: query,value)"), help);
        assertEquals(
                "[attention.self.query, attention.self.value]",
                LoraConfig.DEFAULT.targets().stream()
                        .map(target -> target.module())
                        .toList()
                        .toString());
    }
}
