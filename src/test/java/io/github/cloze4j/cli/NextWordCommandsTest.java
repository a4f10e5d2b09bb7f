package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.files.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pretrain} and {@code evaluate} with the next word, alone and after or before masked words. */
class NextWordCommandsTest {
    @TempDir
    Path root;

    private Path corpus;

    @BeforeEach
    void writeCorpus() throws IOException {
        corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 300);
    }

    private String[] pretrain(Path output, String... more) {
        String[] options = new String[more.length + 3];
        options[0] = "--corpus=" + corpus;
        options[1] = "--seq-len=16";
        options[2] = "--lr=0.01";
        System.arraycopy(more, 0, options, 3, more.length);
        return PretrainFixture.arguments(output, options);
    }

    private static JsonNode config(Path model) throws IOException {
        return new ObjectMapper().readTree(model.resolve("config.json").toFile());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            clm             | clm_loss       | true  | BertLMHeadModel
            prefix-lm       | prefix_lm_loss | true  | BertLMHeadModel
            clm:0.25,mlm    | mlm_loss       | false | BertForMaskedLM
            mlm:0.5,clm     | clm_loss       | true  | BertLMHeadModel
            """)
    void theLastObjectiveDecidesWhatIsSavedAndScored(
            String objective, String loss, boolean decoder, String architecture) throws IOException {
        Path model = root.resolve("model");
        JsonNode trained = CliRun.json(pretrain(model, "--steps=40", "--objective=" + objective));
        assertTrue(trained.has(loss), trained.toString());
        JsonNode config = config(model);
        assertEquals(decoder, config.get("is_decoder").asBoolean());
        assertEquals(architecture, config.get("architectures").get(0).asText());
        assertEquals(objective.equals("prefix-lm"), config.has("cloze4j_task"));
        // The card of a model that reads sources does not show how to go on with a prompt in transformers.
        String card = Files.readString(model.resolve("README.md"));
        assertEquals(objective.endsWith("clm"), card.contains("without the final [SEP]"));
        assertEquals(objective.equals("prefix-lm"), card.contains("attention_mask"));

        JsonNode scored = CliRun.json("evaluate", "--model=" + model, "--corpus=" + corpus, "--seq-len=16");
        assertTrue(scored.get(loss).asDouble() < 4, "the vocabulary has more than 60 words: " + scored);
        assertEquals(objective.endsWith("clm"), scored.has("perplexity_per_character"));
    }

    /** The perplexity of a character is that of all words together, on all characters of the text and the ends of its lines. */
    @Test
    void thePerplexityOfACharacterRestsOnTheWholeText() throws IOException {
        Path model = root.resolve("model");
        CliRun.json(pretrain(model, "--steps=5", "--objective=clm"));
        JsonNode scored = CliRun.json("evaluate", "--model=" + model, "--corpus=" + corpus, "--seq-len=16");
        long characters = Files.readString(corpus).codePoints().count();
        assertEquals(characters, scored.get("characters").asLong());
        double nats =
                scored.get("clm_loss").asDouble() * scored.get("next_tokens").asLong();
        assertEquals(
                nats / characters,
                Math.log(scored.get("perplexity_per_character").asDouble()),
                1e-9);
        assertEquals(
                nats / characters / Math.log(2),
                scored.get("bits_per_character").asDouble(),
                1e-9);
    }

    @Test
    void aMaskedModelIsTrainedFurtherOnTheNextWordAndBack() throws IOException {
        Path masked = root.resolve("masked");
        CliRun.json(pretrain(masked, "--steps=5"));
        Path next = root.resolve("next");
        CliRun run = CliRun.of(
                "pretrain",
                "--from=" + masked,
                "--output=" + next,
                "--corpus=" + corpus,
                "--seq-len=16",
                "--steps=5",
                "--objective=clm");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("a token sees only the tokens before it"), run.out());
        assertTrue(config(next).get("is_decoder").asBoolean());
        Path back = root.resolve("back");
        run = CliRun.of(
                "pretrain", "--from=" + next, "--output=" + back, "--corpus=" + corpus, "--seq-len=16", "--steps=5");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("a token sees the whole text"), run.out());
        assertFalse(config(back).get("is_decoder").asBoolean());
    }

    @Test
    void aRunThatWasStoppedInTheFirstObjectiveGoesOnToTheSameModel() throws IOException {
        Path whole = root.resolve("whole");
        CliRun.json(pretrain(whole, "--steps=12", "--objective=clm:0.75,mlm"));
        Path parts = root.resolve("parts");
        CliRun.json(pretrain(parts, "--steps=12", "--objective=clm:0.75,mlm", "--save-every=4"));
        // As if the process had been killed after the checkpoint of step 8, before the objective changes.
        assertArrayEquals(weights(whole), weights(parts));
        try (var checkpoints = Files.list(parts.resolve("checkpoints"))) {
            for (Path checkpoint : checkpoints
                    .filter(path -> path.getFileName().toString().endsWith("12"))
                    .toList()) {
                FileTrees.delete(checkpoint);
            }
        }
        Files.delete(parts.resolve("model.safetensors"));
        CliRun.json("pretrain", "--output=" + parts, "--resume");
        assertArrayEquals(weights(whole), weights(parts));
    }

    private static byte[] weights(Path model) throws IOException {
        return Files.readAllBytes(model.resolve("model.safetensors"));
    }

    @ParameterizedTest
    @CsvSource({"mlm, clm", "clm, mlm"})
    void theOtherObjectiveOfAModelIsRefused(String trained, String scored) throws IOException {
        Path model = root.resolve("model");
        CliRun.json(pretrain(model, "--steps=2", "--objective=" + trained));
        CliRun run = CliRun.of(
                "evaluate", "--model=" + model, "--corpus=" + corpus, "--seq-len=16", "--objective=" + scored);
        assertEquals(2, run.code());
        assertTrue(run.err().contains("Leave --objective out"), run.err());
    }

    @Test
    void aQuestionThatTheModelHasNoHeadForIsRefusedWithTheOptionThatExists() throws IOException {
        Path model = root.resolve("model");
        CliRun.json(pretrain(model, "--steps=2"));
        String text = Files.readString(corpus);
        Path pairs = Files.writeString(root.resolve("pairs.txt"), text + "\n" + text);
        CliRun run = CliRun.of(
                "evaluate",
                "--model=" + model,
                "--corpus=" + pairs,
                "--seq-len=16",
                "--blank-line-documents",
                "--objective=mlm-nsp");
        assertEquals(1, run.code(), run.err());
        assertTrue(run.err().contains("Score it with --objective mlm"), run.err());
    }

    @ParameterizedTest
    @CsvSource({
        "mlm, --clm-share=0.5, clm or prefix-lm",
        "mlm, --clm-share=1, clm or prefix-lm",
        "clm, --masking=whole-word, masks none",
        "prefix-lm, --mask-probability=0.15, masks none",
        "'clm:0.5,prefix-lm', --mask-replace-probability=0.5, masks none",
        "clm, --random-replace-probability=0, masks none"
    })
    void anOptionThatTheObjectiveDoesNotUseIsRefused(String objective, String option, String words) {
        Path output = root.resolve("none");
        CliRun run = CliRun.of(pretrain(output, "--steps=2", "--objective=" + objective, option));
        assertEquals(2, run.code(), run.err());
        assertTrue(run.errorLines().get(0).contains(words), run.err());
        assertTrue(run.errorLines().get(0).contains("Leave " + option.replaceFirst("=.*", "") + " out"), run.err());
        assertFalse(Files.exists(output));
    }

    /** Documents of one token: the next word is there to learn, a target is not. */
    @ParameterizedTest
    @ValueSource(strings = {"--validation-fraction=0.1", "--validation-fraction=0"})
    void documentsThatAreTooShortForATargetAreNamed(String heldOut) throws IOException {
        Path words = Files.write(root.resolve("words.txt"), List.of("a", "b", "c", "d"));
        Path model = root.resolve("model");
        CliRun run = CliRun.of(PretrainFixture.arguments(
                model, "--corpus=" + words, "--seq-len=16", "--steps=2", "--objective=prefix-lm", heldOut));
        assertEquals(1, run.code(), run.err());
        assertTrue(run.err().contains("nor is the only token of a document"), run.err());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            clm,mlm        | clm:0.25,mlm
            clm:,mlm       | Received: nothing in clm:,mlm
            clm:0.5        | takes the rest
            clm:0.5,mlm-nsp | alone
            next           | prefix-lm
            """)
    void aScheduleThatIsNoneIsRefusedBeforeAnythingIsMade(String objective, String word) {
        Path output = root.resolve("none");
        CliRun run = CliRun.of(pretrain(output, "--steps=2", "--objective=" + objective));
        assertEquals(2, run.code(), run.err());
        assertTrue(run.errorLines().get(0).contains(word), run.err());
        assertFalse(Files.exists(output));
    }
}
