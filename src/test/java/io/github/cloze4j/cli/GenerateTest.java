package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The model is one of src/test/python/make_decoder_directories.py, whose generation_config.json draws at most 12 tokens. */
class GenerateTest {
    private static final Path ROOT = Path.of("src/test/resources/pretrained/decoders");
    private static final String MODEL = ROOT.resolve("next-word").toString();

    @TempDir
    Path parent;

    private static String[] command(String model, String... arguments) {
        List<String> all = new ArrayList<>(List.of("generate", "--kernels", "nd4j", "--model", model));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    private static JsonNode texts(String... arguments) throws IOException {
        return CliRun.json(command(MODEL, arguments)).get("texts");
    }

    private static List<String> lines(String... arguments) {
        CliRun run = CliRun.of(command(MODEL, arguments));
        assertEquals(0, run.code(), run.err());
        return run.out().lines().toList();
    }

    private static void assertRefused(int code, CliRun run, String... words) {
        assertEquals(code, run.code(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.errorLines().size(), run.err());
        for (String word : words) {
            assertTrue(run.errorLines().get(0).contains(word), run.err());
        }
    }

    @Test
    void greedyAndBeamTextsAreThoseOfTransformers() throws IOException {
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(Path.of(MODEL));
        JsonNode expected = new ObjectMapper()
                .readTree(ROOT.resolve("next-word/expected.json").toFile())
                .get("generated");
        assertEquals(4, expected.size());
        for (JsonNode answer : expected) {
            JsonNode text = texts(
                            "--no-do-sample",
                            "--repetition-penalty=1",
                            "--max-new-tokens=8",
                            "--num-beams=" + answer.get("beams").asInt(),
                            answer.get("prompt").asText())
                    .get(0);
            int[] ids = StreamSupport.stream(answer.get("ids").spliterator(), false)
                    .mapToInt(JsonNode::asInt)
                    .filter(id -> id != tokenizer.vocabulary().sepId())
                    .toArray();
            boolean ended = ids.length < answer.get("ids").size();
            assertEquals(tokenizer.decode(ids), text.get("text").asText().strip());
            assertEquals(
                    ended ? "end" : "max_new_tokens", text.get("finish_reason").asText());
            assertTrue(text.get("score").asDouble() < 0);
        }
    }

    @Test
    void aSeedGivesTheSameTextsAndTheModelSaysHowTheyAreDrawn() throws IOException {
        JsonNode texts = texts("--samples", "3", "--seed", "4", "The cat");
        assertEquals(3, texts.size());
        assertEquals(texts, texts("--samples", "3", "--seed", "4", "The cat"));
        assertNotEquals(texts, texts("--samples", "3", "--seed", "5", "The cat"));
        // do_sample of generation_config.json; the seed is 0 unless it is given.
        assertEquals(lines("--seed", "0", "The cat"), lines("The cat"));
        assertNotEquals(lines("--no-do-sample", "The cat"), lines("The cat"));
    }

    @Test
    void anOptionForDrawingDrawsAndWithoutOneTheLikeliestTokenIsTaken() throws IOException {
        String model = ROOT.resolve("untied").toString();
        JsonNode greedy = CliRun.json(command(model, "The cat")).get("texts");
        assertEquals(
                greedy, CliRun.json(command(model, "--no-do-sample", "The cat")).get("texts"));
        for (String drawing : List.of("--seed=1", "--temperature=3", "--top-k=90", "--top-p=0.9", "--min-p=0.01")) {
            JsonNode drawn = CliRun.json(command(model, drawing, "The cat")).get("texts");
            assertNotEquals(greedy, drawn, drawing);
        }
        JsonNode beams = CliRun.json(command(model, "--num-beams=3", "--samples=2", "The cat"))
                .get("texts");
        assertEquals(2, beams.size());
        assertTrue(beams.get(0).get("score").asDouble()
                >= beams.get(1).get("score").asDouble());
    }

    @Test
    void promptsComeFromArgumentsFilesTablesAndTheStandardInput() throws IOException {
        List<String> expected = lines("--no-do-sample", "The cat", "", "a small");
        assertTrue(expected.get(0).startsWith("The cat "), expected.get(0));
        Path text = Files.write(parent.resolve("prompts.txt"), List.of("The cat", "", "a small"));
        Path table = Files.writeString(parent.resolve("prompts.csv"), "id,source\n1,The cat\n2,\n3,a small\n");
        Path records = Files.write(
                parent.resolve("prompts.jsonl"), List.of("{\"p\":\"The cat\"}", "{\"p\":\"\"}", "{\"p\":\"a small\"}"));
        assertEquals(expected, lines("--no-do-sample", "--input", text.toString()));
        assertEquals(expected, lines("--no-do-sample", "--input", table.toString()));
        assertEquals(expected, lines("--no-do-sample", "--source-column", "p", "--input", records.toString()));
        InputStream standard = System.in;
        try {
            System.setIn(new ByteArrayInputStream(Files.readAllBytes(text)));
            assertEquals(expected, lines("--no-do-sample"));
        } finally {
            System.setIn(standard);
        }
    }

    /** Prompts are read in blocks: their draws depend on the seed and their number in the whole file. */
    @Test
    void drawsDoNotDependOnTheBlocks() throws IOException {
        List<String> prompts = Collections.nCopies(70, "The cat");
        Path file = Files.write(parent.resolve("prompts.txt"), prompts);
        List<String> lines = lines("--input", file.toString());
        assertEquals(lines, lines("--stream", "--input", file.toString()));
        assertNotEquals(lines.subList(0, 32), lines.subList(32, 64));
    }

    @Test
    void aTableAsTextHasAPromptALine() throws IOException {
        Path table = Files.writeString(parent.resolve("prompts.csv"), "The cat\n");
        assertEquals(
                lines("--no-do-sample", "The cat"),
                lines("--no-do-sample", "--format", "text", "--input", table.toString()));
    }

    @Test
    void aPromptThatIsRefusedIsNamedByItsPlace() throws IOException {
        List<String> prompts = new ArrayList<>(List.of("source"));
        for (int i = 0; i < 40; i++) {
            prompts.add(i == 37 ? "cat ".repeat(30) : "cat");
        }
        Path table = Files.write(parent.resolve("prompts.csv"), prompts);
        String place = "error: " + table + ", line 39: Expected a prompt of at most 23 tokens";
        CliRun run = CliRun.of(command(MODEL, "--input", table.toString()));
        assertTrue(run.errorLines().get(0).startsWith(place), run.err());
        CliRun streamed = CliRun.of(command(MODEL, "--stream", "--input", table.toString()));
        assertTrue(streamed.errorLines().get(0).startsWith(place), streamed.err());
        assertTrue(streamed.out().endsWith(System.lineSeparator()), "the message begins a line of a terminal");
        assertRefused(
                1,
                CliRun.of(command(MODEL, "--source-column", "text", "--input", table.toString())),
                "text",
                "(--source-column names the column)");
    }

    @Test
    void streamedTextIsThatOfALine() {
        List<String> expected = lines("The cat", "a small");
        assertEquals(expected, lines("--stream", "The cat", "a small"));
    }

    @Test
    void filesHoldWhatTheConsoleShows() throws IOException {
        Path text = parent.resolve("texts.txt");
        Path records = parent.resolve("texts.jsonl");
        JsonNode result = CliRun.json(command(MODEL, "--output", text.toString(), "The cat", "李白"));
        CliRun.json(command(MODEL, "--output", records.toString(), "The cat", "李白"));
        assertEquals(2, result.get("prompts").asInt());
        assertFalse(result.has("texts"));
        assertEquals(lines("The cat", "李白"), Files.readAllLines(text));
        List<String> written = Files.readAllLines(records);
        assertEquals(2, written.size());
        JsonNode expected = texts("The cat", "李白");
        for (int i = 0; i < 2; i++) {
            assertEquals(expected.get(i), new ObjectMapper().readTree(written.get(i)));
        }
        assertTrue(written.get(1).contains("李白"), written.get(1));
    }

    @Test
    void aModelThatReadsSourcesWritesTargets() throws IOException {
        Path directory = parent.resolve("seq2seq");
        try (StoredModel stored = ModelDirectory.open(Path.of(MODEL));
                Bert model = stored.readScored(
                        stored.config(),
                        List.of(LanguageModelHead.PREFIX),
                        KernelProviders.create("nd4j", DataType.FLOAT))) {
            ModelDirectory.writeFineTuned(
                    directory, model, new TaskHead(TaskKind.SEQ2SEQ, List.of()), stored.tokenizer(), Map.of());
        }
        CliRun run = CliRun.of(command(directory.toString(), "The cat sat"));
        assertEquals(0, run.code(), run.err());
        JsonNode text = CliRun.json(command(directory.toString(), "The cat sat"))
                .get("texts")
                .get(0);
        assertEquals("The cat sat", text.get("prompt").asText());
        assertEquals(text.get("text").asText(), run.out().stripTrailing());
    }

    @Test
    void otherModelsAreRefusedWithWhatToDo() {
        String masked = PretrainedFixture.DIRECTORY.toString();
        String expected = "Expected a model of the next word (is_decoder). Received: ";
        assertRefused(
                1,
                CliRun.of(command(masked, "a")),
                expected + masked + ", a masked language model. Train it further (pretrain --from " + masked
                        + " --objective clm)");
        String heads = "src/test/resources/pretrained/heads/classes";
        assertRefused(
                1, CliRun.of(command(heads, "a")), expected + heads + ", a model for classification. Use predict");
        String encoder = ROOT.resolve("encoder").toString();
        assertRefused(1, CliRun.of(command(encoder, "a")), expected + encoder + ", an encoder without a head");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --top-k=-1                      | Expected --top-k of at least 0
            --temperature=0                 | Expected a --temperature above 0
            --temperature=1e-320            | Expected a --temperature above 0 (
            --samples=1000000000            | Expected --samples from 1 to 10000
            --min-new-tokens=30             | Expected --min-new-tokens from 0 to --max-new-tokens
            --num-beams=2 --samples=3       | Expected --samples of at most --num-beams, 2
            --no-do-sample --top-p=0.5      | Expected --do-sample with --temperature, --top-k, --top-p or --min-p
            --no-do-sample --length-penalty=2 | Expected --num-beams above 1 with --length-penalty
            --stream --samples=2            | Expected --stream with one text for a prompt
            --stream --json                 | Expected --stream or --json. Received: both
            --stream --output=x             | Expected --stream with one text for a prompt, on the standard output
            --num-return-sequences=2        | Use --samples
            --input=x                       | Received: both
            --stop=                         | Expected --stop of at least one character each. Received: an empty one
            """)
    void optionsThatDoNotFitAreRefusedInTheirOwnWords(String options, String message) {
        List<String> arguments = new ArrayList<>(List.of(options.split(" ")));
        arguments.add("a");
        assertRefused(2, CliRun.of(command(MODEL, arguments.toArray(String[]::new))), message);
        assertFalse(Files.exists(Path.of("x")));
    }

    @Test
    void textsEndBeforeAStopText() throws IOException {
        String whole = texts("--no-do-sample", "The cat").get(0).get("text").asText();
        String stop = whole.substring(5, 8);
        JsonNode text = texts("--no-do-sample", "--stop", stop, "The cat").get(0);
        assertEquals("stop_string", text.get("finish_reason").asText());
        assertEquals(whole.substring(0, whole.indexOf(stop)), text.get("text").asText());
        assertTrue(new String(
                        CliRun.of("generate", "--help").out().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                .contains("For example: cloze4j generate"));
    }
}
