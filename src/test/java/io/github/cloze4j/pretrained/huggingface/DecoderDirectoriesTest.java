package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.InferencePass;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.Warnings;
import io.github.cloze4j.pretrained.peft.AdapterDirectory;
import io.github.cloze4j.pretrained.peft.StoredAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Models that see what is left of a token only, as transformers saves them (src/test/python/make_decoder_directories.py): read, and
 * written again.
 */
class DecoderDirectoriesTest {
    private static final Path ROOT = Path.of("src/test/resources/pretrained/decoders");

    /** Stays after the tests, for src/test/python/check_written_decoders.py. */
    private static final Path WRITTEN = Path.of("target/written-decoder-directories");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Libraries warn once of each other when they are loaded. */
    @BeforeAll
    static void loadKernels() {
        kernels(DataType.FLOAT).close();
    }

    private static JsonNode file(Path directory, String name) throws IOException {
        return JSON.readTree(directory.resolve(name).toFile());
    }

    private static Kernels kernels(DataType type) {
        return KernelProviders.create(type == DataType.DOUBLE ? "nd4j" : "cpu", type);
    }

    /** With the heads that the directory has. */
    private static Bert read(StoredModel stored, DataType type) {
        if (stored.taskHead().isPresent()) {
            return stored.readFineTuned(kernels(type));
        }
        return stored.parts().contains(ModelParts.MASKED_LM)
                ? stored.readModel(stored.config(), kernels(type))
                : stored.readEncoder(stored.config(), kernels(type));
    }

    private static int[] integers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static double[] numbers(JsonNode rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .flatMap(row -> StreamSupport.stream(row.spliterator(), false))
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static double[] compute(Bert model, JsonNode answer) {
        int[] ids = integers(answer.path("ids"));
        int[] rows = integers(answer.path("rows"));
        Batch batch = new Batch(
                1,
                ids.length,
                ids,
                new int[ids.length],
                IntStream.range(0, ids.length).toArray(),
                model.config().documents(0, ids.length),
                ids.length,
                List.of(new Targets(rows, new int[rows.length])));
        if (!model.heads().isEmpty()) {
            return Answers.scores(model, batch, 0);
        }
        try (InferencePass pass = model.inferencePass();
                INDArray states = pass.hiddenStates(batch).dup('c')) {
            return Arrays.stream(rows)
                    .mapToObj(row -> states.getRow(row).dup().data().asDouble())
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
        }
    }

    private static void assertNumbers(Path directory, JsonNode expected) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert model = read(stored, type)) {
                assertNumbers(model, expected);
            }
        }
    }

    private static void assertNumbers(Bert model, JsonNode expected) {
        double tolerance = model.parameters().type() == DataType.DOUBLE ? 1e-8 : 1e-4;
        for (JsonNode answer : expected.path("answers")) {
            double[] numbers = numbers(answer.path("numbers"));
            double largest = Arrays.stream(numbers).map(Math::abs).max().orElseThrow();
            assertArrayEquals(
                    numbers,
                    compute(model, answer),
                    tolerance * largest,
                    answer.path("text").asText());
        }
    }

    /** Attention is as is_decoder says, whatever the class of the model is. */
    @ParameterizedTest
    @CsvSource({
        "next-word, true, clm",
        "untied, true, clm",
        "masked-class, true, clm",
        "not-decoder, false, mlm",
        "encoder, true, ",
        "tags, true, tag"
    })
    void numbersAreThoseOfTransformersAndNothingIsWarnedOf(String name, boolean decoder, String loss)
            throws IOException {
        Path directory = ROOT.resolve(name);
        JsonNode expected = file(directory, "expected.json");
        assertEquals("", Warnings.during(() -> assertNumbers(directory, expected)));
        try (StoredModel stored = ModelDirectory.open(directory);
                Bert model = read(stored, DataType.FLOAT)) {
            assertEquals(decoder, model.config().isDecoder());
            assertEquals(loss == null ? List.of() : List.of(loss), model.losses());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "next-word, BertLMHeadModel",
        "untied, BertLMHeadModel",
        "masked-class, BertLMHeadModel",
        "not-decoder, BertForMaskedLM",
        "tags, BertForTokenClassification"
    })
    void whatIsWrittenAgainHasTheSameTensorsAndNumbers(String name, String architecture) throws IOException {
        Path directory = ROOT.resolve(name);
        Path written = WRITTEN.resolve(name);
        try (StoredModel stored = ModelDirectory.open(directory);
                Bert model = read(stored, DataType.FLOAT)) {
            if (stored.taskHead().isPresent()) {
                ModelDirectory.writeFineTuned(written, model, stored.taskHead().get(), stored.tokenizer(), Map.of());
            } else {
                ModelDirectory.write(written, model, stored.tokenizer(), Map.of());
            }
        }
        assertNumbers(written, file(directory, "expected.json"));
        try (WeightFiles expected = WeightFiles.open(directory);
                WeightFiles received = WeightFiles.open(written)) {
            assertEquals(new TreeSet<>(expected.names()), new TreeSet<>(received.names()));
        }
        JsonNode config = file(written, "config.json");
        assertEquals(architecture, config.path("architectures").path(0).asText());
        assertEquals(file(directory, "config.json").get("is_decoder"), config.get("is_decoder"));
        boolean generates = architecture.equals("BertLMHeadModel");
        assertEquals(generates, Files.exists(written.resolve("generation_config.json")));
        if (generates) {
            assertEquals(
                    JSON.readTree("{\"bos_token_id\":2,\"eos_token_id\":3,\"pad_token_id\":0,\"use_cache\":true}"),
                    file(written, "generation_config.json"));
            assertTrue(config.path("use_cache").asBoolean());
        }
    }

    @Test
    void aModelThatReadsSourcesSaysSo() throws IOException {
        Path written = WRITTEN.resolve("seq2seq");
        TaskHead head = new TaskHead(TaskKind.SEQ2SEQ, List.of());
        try (StoredModel stored = ModelDirectory.open(ROOT.resolve("next-word"));
                Bert model = stored.readScored(
                        stored.config(), List.of(LanguageModelHead.PREFIX), kernels(DataType.FLOAT))) {
            ModelDirectory.writeFineTuned(written, model, head, stored.tokenizer(), Map.of());
        }
        JsonNode config = file(written, "config.json");
        assertEquals("seq2seq", config.path("cloze4j_task").asText());
        assertEquals("BertLMHeadModel", config.path("architectures").path(0).asText());
        assertTrue(Files.exists(written.resolve("generation_config.json")));
        try (StoredModel stored = ModelDirectory.open(written);
                Bert model = stored.readFineTuned(kernels(DataType.FLOAT))) {
            assertEquals(Optional.of(head), stored.taskHead());
            assertTrue(stored.config().isDecoder());
            assertEquals(List.of("prefix-lm"), model.losses());
        }
        // Whoever reads it without asking for its task gets the same model, not one that goes on with the source.
        try (Bert model = ModelDirectory.readModel(written, kernels(DataType.FLOAT))) {
            assertEquals(List.of("prefix-lm"), model.losses());
        }
        assertNumbers(written, file(ROOT.resolve("next-word"), "expected.json"));
    }

    @Test
    void anAdapterOfPeftIsReadAndWrittenAgain() throws IOException {
        Path base = ROOT.resolve("next-word");
        Path directory = ROOT.resolve("adapter");
        Path written = WRITTEN.resolve("adapter");
        JsonNode expected = file(directory, "expected.json");
        try (StoredModel merged = ModelDirectory.openAdapted(directory, base);
                Bert model = merged.readModel(merged.config(), kernels(DataType.FLOAT))) {
            assertNumbers(model, expected);
        }
        try (StoredModel stored = ModelDirectory.open(base);
                StoredAdapter adapter = AdapterDirectory.open(directory);
                Bert model = stored.readAdapted(
                        adapter, stored.config(), List.of(LanguageModelHead.NEXT_WORD), kernels(DataType.DOUBLE))) {
            assertNumbers(model, expected);
            ModelDirectory.writeAdapter(
                    written,
                    model,
                    Optional.empty(),
                    stored.tokenizer(),
                    base.toAbsolutePath().toString(),
                    Map.of());
        }
        assertEquals(
                "CAUSAL_LM",
                file(written, "adapter_config.json").path("task_type").asText());
        try (StoredModel merged = ModelDirectory.open(written);
                Bert model = merged.readModel(merged.config(), kernels(DataType.FLOAT))) {
            assertNumbers(model, expected);
        }
    }

    @Test
    void settingsOfGenerationThatStandThereAreKept(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("generation_config.json"), "{\"temperature\": 0.7, \"eos_token_id\": 99}");
        try (StoredModel stored = ModelDirectory.open(ROOT.resolve("next-word"));
                Bert model = read(stored, DataType.FLOAT)) {
            ModelDirectory.write(directory, model, stored.tokenizer(), Map.of());
            JsonNode settings = file(directory, "generation_config.json");
            assertEquals(0.7, settings.path("temperature").asDouble());
            assertEquals(3, settings.path("eos_token_id").asInt());
            Files.writeString(directory.resolve("generation_config.json"), "[1");
            ModelDirectory.write(directory, model, stored.tokenizer(), Map.of());
            assertEquals(4, file(directory, "generation_config.json").size());
        }
    }
}
