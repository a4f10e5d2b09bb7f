package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PseudoPerplexityCommandTest {
    private static final String MODEL = PretrainedFixture.DIRECTORY.toString();

    @TempDir
    Path parent;

    @Test
    void everyTextHasALineAndAllTogetherAResult() throws IOException {
        Path input = Files.write(parent.resolve("texts"), List.of("the cats sat .", "", "undoable"));
        CliRun lines =
                CliRun.of("pseudo-perplexity", "--kernels", "nd4j", "--model", MODEL, "--input", input.toString());
        JsonNode json = CliRun.json(
                "pseudo-perplexity", "--kernels", "nd4j", "--model", MODEL, "the cats sat .", "", "undoable");

        assertEquals(0, lines.code(), lines.err());
        List<String> texts = lines.out().lines().toList();
        assertEquals(3, texts.size(), lines.out());
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            String[] columns = texts.get(i).split("\t");
            JsonNode text = json.get("texts").get(i);
            double likelihood = text.get("pseudo_log_likelihood").asDouble();
            int tokens = text.get("tokens").asInt();
            assertEquals(likelihood, Double.parseDouble(columns[1]), 1e-3);
            assertEquals(List.of(5, 0, 3).get(i), tokens);
            assertEquals(tokens, Integer.parseInt(columns[2]));
            if (tokens == 0) {
                assertTrue(text.get("pseudo_perplexity").isNull());
                assertEquals("NaN", columns[0]);
            } else {
                assertEquals(
                        Math.exp(-likelihood / tokens),
                        text.get("pseudo_perplexity").asDouble(),
                        1e-9);
            }
            sum += likelihood;
        }
        assertEquals("undoable", json.get("texts").get(2).get("text").asText());
        assertEquals(8, json.get("tokens").asInt());
        assertEquals(Math.exp(-sum / 8), json.get("pseudo_perplexity").asDouble(), 1e-9);
        assertTrue(lines.err().contains("pseudo perplexity: "), lines.err());
    }

    @Test
    void theRestOfAWordIsHiddenWhereAsked() throws IOException {
        double token = CliRun.json("pseudo-perplexity", "--kernels", "nd4j", "--model", MODEL, "undoable")
                .get("pseudo_log_likelihood")
                .asDouble();
        double restOfWord = CliRun.json(
                        "pseudo-perplexity", "--kernels", "nd4j", "--model", MODEL, "--rest-of-word", "undoable")
                .get("pseudo_log_likelihood")
                .asDouble();

        assertTrue(Math.abs(token - restOfWord) > 1e-3);
    }

    @Test
    void aTextThatIsTooLongIsQuotedInOneLine() {
        CliRun run =
                CliRun.of("pseudo-perplexity", "--kernels", "nd4j", "--model", MODEL, "the cat", "a dog ".repeat(20));

        assertEquals(2, run.code());
        assertEquals("", run.out());
        assertEquals(1, run.errorLines().size());
        assertTrue(run.err().contains("'a dog a dog") && run.err().contains("42"), run.err());
    }
}
