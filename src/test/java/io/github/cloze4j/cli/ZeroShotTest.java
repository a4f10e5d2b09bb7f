package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.inference.ZeroShotFixture;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZeroShotTest {
    private static final String MODEL = PretrainedFixture.DIRECTORY.toString();
    private static final String ENCODER = "src/test/resources/pretrained/directories/encoder";

    @TempDir
    Path parent;

    private static String[] command(String model, String... arguments) {
        return Stream.concat(Stream.of("zero-shot", "--kernels", "nd4j", "--model", model), Stream.of(arguments))
                .toArray(String[]::new);
    }

    private static CliRun run(String... arguments) {
        return CliRun.of(command(MODEL, arguments));
    }

    private static JsonNode json(String... arguments) throws IOException {
        return CliRun.json(command(MODEL, arguments));
    }

    private static double probability(JsonNode prediction, String label) {
        for (JsonNode of : prediction.get("labels")) {
            if (of.get("label").asText().equals(label)) {
                return of.get("probability").asDouble();
            }
        }
        throw new AssertionError("no label " + label + " in " + prediction);
    }

    private Path file(String name, String... lines) throws IOException {
        return Files.write(parent.resolve(name), List.of(lines));
    }

    @Test
    void jsonHoldsTheProbabilitiesOfTheFixture() throws IOException {
        // The third case of the English fixture: labels with words of several tokens.
        JsonNode expected = ZeroShotFixture.node(2);
        Path labels = file("labels", "dog", "doable\tundoable", "", "play\tplaying, played,eat", "sea\tbig river, sea");
        List<String> texts = new ArrayList<>();
        expected.get("texts").forEach(text -> texts.add(text.get("text").asText()));
        String[] options = {
            "--labels", labels.toString(), "--pattern", expected.get("pattern").asText()
        };
        JsonNode received =
                json(Stream.concat(Stream.of(options), texts.stream()).toArray(String[]::new));

        assertEquals(texts.size(), received.get("texts").asInt());
        assertEquals(1, received.get("cut").asInt());
        for (int text = 0; text < texts.size(); text++) {
            JsonNode prediction = received.get("predictions").get(text);
            JsonNode of = expected.get("texts").get(text).get("probabilities");
            assertEquals(of.get(1).asDouble(), probability(prediction, "doable"), 1e-5);
            assertEquals(
                    expected.get("texts").get(text).get("cut").asBoolean(),
                    prediction.get("cut").asBoolean());
            assertEquals(of.get(2).asDouble(), probability(prediction, "play"), 1e-5);
        }
    }

    @Test
    void peopleReadALineForEachLabelOrForEachText() throws IOException {
        List<String> single =
                run("--labels", "cat, dog，house", "the cat").out().lines().toList();
        assertEquals(3, single.size());
        assertTrue(single.stream().allMatch(line -> line.matches("(cat|dog|house)\t0\\.\\d{4}")), single.toString());

        Path texts = file("texts", "the cat", "a house \t of the king");
        CliRun lines = run("--labels", "cat,dog", "--input", texts.toString());
        assertEquals(0, lines.code(), lines.err());
        assertTrue(
                lines.out().matches("(?:cat|dog)\t[01]\\.\\d{4}\tthe cat\\R(?:cat|dog)\t[01]\\.\\d{4}\ta house.*\\R"));

        Path output = parent.resolve("out");
        assertEquals(
                0,
                run("--labels", "cat,dog", "--input", texts.toString(), "--output", output.toString())
                        .code());
        assertEquals(lines.out(), Files.readString(output));
    }

    @Test
    void calibrationByTheEmptyTextAndByNeutralTexts() throws IOException {
        JsonNode empty = json("--labels", "cat,dog", "--calibrate", "");
        assertEquals(0.5, probability(empty.get("predictions").get(0), "dog"), 1e-6);
        Path neutral = file("neutral", "the king", "");
        JsonNode king = json("--labels", "cat,dog", "--neutral-texts", neutral.toString(), "the king");
        assertEquals(0.5, probability(king.get("predictions").get(0), "cat"), 1e-6);
    }

    @Test
    void labelsInAnotherEncodingAreReadAsTheTextsAre() throws IOException {
        Charset gb = Charset.forName("GB18030");
        Path labels = Files.write(parent.resolve("labels"), List.of("体育", "财经"), gb);
        Path texts = Files.write(parent.resolve("texts"), List.of("球队赢了比赛"), gb);
        String model = ZeroShotFixture.CHINESE.toString();
        String[] options = {"--labels", labels.toString(), "--pattern", "这是一条[MASK]新闻：{text}", "--encoding", "GB18030"};
        JsonNode argument = CliRun.json(command(
                model, Stream.concat(Stream.of(options), Stream.of("球队赢了比赛")).toArray(String[]::new)));
        JsonNode file = CliRun.json(command(
                model,
                Stream.concat(Stream.of(options), Stream.of("--input", texts.toString()))
                        .toArray(String[]::new)));

        assertEquals("球队赢了比赛", file.get("predictions").get(0).get("text").asText());
        assertEquals(argument.get("predictions"), file.get("predictions"));
    }

    @Test
    void anEncoderClassifiesByEmbeddingOnly() throws IOException {
        JsonNode answer = CliRun.json(command(ENCODER, "--method", "embedding", "--labels", "cat,dog", "cat"));
        JsonNode best = answer.get("predictions").get(0).get("labels").get(0);
        assertEquals("cat", best.get("label").asText());
        assertTrue(best.get("probability").asDouble() > 0.5);

        assertFailed(
                CliRun.of(command(ENCODER, "--labels", "cat,dog", "cat")),
                1,
                "masked-language-model head for --method pattern",
                "Use --method embedding");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "''            | -              | '', which is neither a file nor a list",
                "labels.txt    | -              | 'labels.txt', which is neither a file nor a list",
                "cat           | -              | 'cat', which is neither a file nor a list",
                "cat,,dog      | -              | Expected a label. Received: a blank one",
                "cat,cat       | -              | 'cat' twice",
                "cat,unheard   | -              | 'unheard' for the label 'unheard', which has a token that is unknown",
                "cat,dog       | It was [MASK]  | Expected a pattern with one {text}. Received: none",
                "cat,dog       | {text} was     | Expected a pattern with one [MASK]. Received: none",
                "cat,dog       | {text} {text} [MASK] | Received: several",
            })
    void labelsAndPatternsThatCannotBeUsedAreWrongUsage(String labels, String pattern, String words) {
        assertFailed(
                pattern == null
                        ? run("--labels", labels, "the cat")
                        : run("--labels", labels, "--pattern", pattern, "the cat"),
                2,
                words);
    }

    @Test
    void filesThatCannotBeUsedAreNamedWithTheirLine() throws IOException {
        Path empty = file("empty");
        assertFailed(run("--labels", empty.toString(), "the"), 2, "at least two labels. Received: none");
        assertFailed(
                run("--labels", "cat,dog", "--neutral-texts", empty.toString(), "the"), 1, empty + ": Expected a text");
        assertFailed(run("--labels", parent.toString(), "the"), 1, parent.toString());

        Path words = file("words", "cat", "dog\t", "sea");
        assertFailed(
                run("--labels", words.toString(), "the"), 1, words + ", line 2: Expected words for the label 'dog'");
        Path tabs = file("tabs", "cat\tcat\tdog", "sea");
        assertFailed(run("--labels", tabs.toString(), "the"), 1, tabs + ", line 1: ", "2 tabs");
        Path corpus = Files.write(parent.resolve("corpus"), Collections.nCopies(10_001, "cat"));
        assertFailed(run("--labels", corpus.toString(), "the"), 1, corpus + ": Expected at most 10000 lines");
    }

    @Test
    void optionsOfTheOtherMethodAreWrongUsage() {
        for (String[] option : new String[][] {{"--pattern", "{text} [MASK]"}, {"--calibrate"}}) {
            String[] arguments = Stream.concat(
                            Stream.of(option), Stream.of("--method", "embedding", "--labels", "cat,dog", "the"))
                    .toArray(String[]::new);
            assertFailed(run(arguments), 2, option[0] + " with --method pattern");
        }
    }

    private static void assertFailed(CliRun run, int code, String... words) {
        assertEquals(code, run.code(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.errorLines().size(), run.err());
        for (String word : words) {
            assertTrue(run.errorLines().get(0).contains(word), run.err());
        }
    }
}
