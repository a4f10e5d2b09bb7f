package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.HeadFixture;
import io.github.cloze4j.pretrained.Warnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Fine-tuned models of transformers (src/test/python/make_head_directories.py): read, and written again. */
class HeadDirectoriesTest {
    /** Stays after the tests, for src/test/python/check_written_heads.py. */
    private static final Path WRITTEN = Path.of("target/written-head-directories");

    static Stream<HeadFixture> fixtures() {
        return HeadFixture.all();
    }

    private static void assertScores(Path directory, HeadFixture fixture) {
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            String kernels = type == DataType.DOUBLE ? "nd4j" : "cpu";
            double tolerance = type == DataType.DOUBLE ? 1e-8 : 1e-4;
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert model = stored.readFineTuned(KernelProviders.create(kernels, type))) {
                assertEquals(Optional.of(fixture.head()), stored.taskHead());
                for (HeadFixture.Answer answer : fixture.answers()) {
                    double largest =
                            Arrays.stream(answer.scores()).map(Math::abs).max().orElseThrow();
                    double[] scores = Answers.scores(model, answer.batch(), 0);
                    assertArrayEquals(answer.scores(), scores, tolerance * largest);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void scoresAreThoseOfTransformersAndNothingIsWarnedOf(HeadFixture fixture) throws IOException {
        assertEquals("", Warnings.during(() -> assertScores(fixture.directory(), fixture)));
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void whatIsWrittenAgainHasTheSameFieldsTensorsAndScores(HeadFixture fixture) throws IOException {
        Path written = WRITTEN.resolve(fixture.name());
        try (StoredModel stored = ModelDirectory.open(fixture.directory());
                Bert model = stored.readFineTuned(KernelProviders.create("cpu", DataType.FLOAT))) {
            ModelDirectory.writeFineTuned(written, model, fixture.head(), stored.tokenizer(), Map.of());
        }
        assertScores(written, fixture);
        try (WeightFiles expected = WeightFiles.open(fixture.directory());
                WeightFiles received = WeightFiles.open(written)) {
            assertEquals(new TreeSet<>(expected.names()), new TreeSet<>(received.names()));
        }
        JsonNode theirs = config(fixture.directory());
        JsonNode ours = config(written);
        for (String field : List.of("architectures", "classifier_dropout", "id2label", "label2id")) {
            assertEquals(theirs.get(field), ours.get(field), field);
        }
        if (theirs.has("problem_type")) {
            assertEquals(theirs.get("problem_type"), ours.get("problem_type"));
        }
    }

    /** transformers has a class for relations that are told from [CLS]: that of texts. */
    @Test
    void relationsByClsAreTextsForTransformersAndRelationsForUs(@TempDir Path directory) throws IOException {
        HeadFixture fixture = HeadFixture.all().findFirst().orElseThrow();
        TaskHead head = new TaskHead(TaskKind.RELATIONS_BY_CLS, fixture.head().labels());
        try (StoredModel stored = ModelDirectory.open(fixture.directory());
                Bert model = stored.readFineTuned(KernelProviders.create("cpu", DataType.FLOAT))) {
            ModelDirectory.writeFineTuned(directory, model, head, stored.tokenizer(), Map.of());
        }
        assertScores(directory, new HeadFixture(fixture.name(), head));
        JsonNode theirs = config(fixture.directory());
        JsonNode ours = config(directory);
        for (String field : List.of("architectures", "problem_type", "id2label", "label2id")) {
            assertEquals(theirs.get(field), ours.get(field), field);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            questions | BertForQuestionAnswering | BertForTokenClassification | bert, classifier | 2 missing: classifier.weight
            tags      | "2": "I-PER"             | "2": "I-PER", "3": "X"     | bert, classifier | classifier.bias F32 [3] where [4]
            """)
    void anotherHeadThanThatOfTheFileIsNamed(
            String name, String before, String after, String parts, String problem, @TempDir Path directory)
            throws IOException {
        Path original = Path.of("src/test/resources/pretrained/heads").resolve(name);
        Files.copy(original.resolve("model.safetensors"), directory.resolve("model.safetensors"));
        String config = Files.readString(original.resolve("config.json"));
        assertTrue(config.contains(before), config);
        Files.writeString(directory.resolve("config.json"), config.replace(before, after));
        try (StoredModel stored = ModelDirectory.open(directory)) {
            Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
            String message = assertThrows(CheckpointFormatException.class, () -> stored.readFineTuned(kernels)
                            .close())
                    .getMessage();
            assertTrue(message.contains("Expected the tensors of " + parts + ", as its configuration"), message);
            assertTrue(message.contains(problem), message);
        }
    }

    private static JsonNode config(Path directory) throws IOException {
        return new ObjectMapper().readTree(directory.resolve("config.json").toFile());
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void theDropoutOfTheHeadIsThatOfTheFile(HeadFixture fixture) throws IOException {
        Double dropout = ModelDirectory.readConfig(fixture.directory()).classifierDropout();
        JsonNode inFile = config(fixture.directory()).path("classifier_dropout");
        if (inFile.isNull()) {
            assertNull(dropout);
        } else {
            assertEquals(inFile.doubleValue(), dropout);
        }
    }
}
