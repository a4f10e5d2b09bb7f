package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code finetune} and {@code predict} of questions and of choices, from files to answers. */
class AnswersCommandsTest {
    @TempDir
    private Path parent;

    private CliRun run(String command, String... more) {
        return CliRun.of(
                Stream.concat(Stream.of(command.split(" ")), Stream.of(more)).toArray(String[]::new));
    }

    private CliRun finetune(String task, Path train, Path output, String... more) {
        return finetune(PretrainedFixture.DIRECTORY, task, train, output, more);
    }

    private CliRun finetune(Path model, String task, Path train, Path output, String... more) {
        Stream<String> own = Stream.of(
                "--kernels=nd4j",
                "--model=" + model,
                "--train=" + train,
                "--output=" + output,
                "--seq-len=16",
                "--batch-size=4",
                "--epochs=12",
                "--evaluations=1",
                "--lr=3e-3");
        return run("finetune " + task, Stream.concat(own, Stream.of(more)).toArray(String[]::new));
    }

    private static String squad(Stream<String> paragraphs) {
        return paragraphs.collect(
                Collectors.joining(",\n", "{\"version\": \"2\", \"data\": [{\"paragraphs\": [\n", "\n]}]}\n"));
    }

    private static String paragraph(String context, String id, String answers) {
        return "{\"context\": \"" + context + "\", \"qas\": [{\"id\": \"" + id + "\", \"question\": \"the red ?\","
                + " \"answers\": " + answers + "}]}";
    }

    private static String answered(int number) {
        String context = "red ".repeat(number % 3) + (number % 4 == 0 ? "the bird" : "\uD83D\uDE00 the cat ran");
        int start = context.codePointCount(0, Math.max(0, context.indexOf("cat")));
        return paragraph(
                context,
                "q" + number,
                number % 4 == 0 ? "[]" : "[{\"text\": \"cat\", \"answer_start\": " + start + "}]");
    }

    @Test
    void questionsAreLearntAndAnswered() throws IOException {
        Path train = Files.writeString(
                parent.resolve("train.json"), squad(IntStream.range(0, 60).mapToObj(AnswersCommandsTest::answered)));
        Path model = parent.resolve("qa");
        CliRun learnt = finetune("question-answering", train, model, "--validation=" + train);
        assertEquals(0, learnt.code(), learnt.err());
        assertTrue(learnt.out().contains("held out exact: 1.0000"), learnt.out());
        assertTrue(learnt.out().contains("held out best f1: 1.0000"), learnt.out());
        assertTrue(learnt.out().contains("60 questions about 6 texts, 15 without an answer"), learnt.out());
        assertTrue(learnt.out().contains("held out best threshold of no answer: "), learnt.out());
        assertTrue(Files.readString(model.resolve("report.html")).contains("Thresholds of no answer"));
        CliRun scored = run("evaluate --kernels=nd4j --model=" + model + " --input=" + train, "--seq-len=16");
        assertEquals(0, scored.code(), scored.err());
        assertTrue(scored.out().contains("train.json has answer f1: 1.0000"), scored.out());

        Path input = Files.writeString(
                parent.resolve("new.json"),
                squad(Stream.of(
                        "{\"context\": \"red \uD83D\uDE00 the cat ran\", \"qas\": [{\"id\": \"a\", \"question\": \"the red"
                                + " ?\"}]}",
                        "{\"context\": \"red the bird\", \"qas\": [{\"id\": \"b\", \"question\": \"the red ?\"}]}")));
        String predict = "predict --kernels=nd4j --no-answer-threshold=0 --top-k=2 --model=" + model;
        JsonNode json = CliRun.json((predict + " --input=" + input).split(" ")).get("predictions");
        assertEquals("cat", json.get(0).get("answer").asText());
        assertEquals(2, json.get(0).get("candidates").size());
        assertEquals(10, json.get(0).get("candidates").get(0).get("start").intValue());
        assertEquals(13, json.get(0).get("candidates").get(0).get("end").intValue());
        assertEquals("", json.get(1).get("answer").asText());
        assertTrue(json.get(1).get("no_answer_probability").doubleValue() > 0.5);

        Path table = Files.writeString(
                parent.resolve("new.csv"),
                "asked,about\nthe red ?,red \uD83D\uDE00 the cat ran\nthe red ?,red the bird\n");
        CliRun lines = run(predict + " --text-column=asked --text-pair-column=about --input=" + table);
        assertEquals(0, lines.code(), lines.err());
        List<String[]> rows =
                lines.out().lines().map(line -> line.split("\t", -1)).toList();
        assertEquals(List.of("cat", "10", "13", "2"), columns(rows.get(0), 0, 2, 3, 4));
        assertEquals(List.of("", "", "", "3"), columns(rows.get(1), 0, 2, 3, 4));

        assertEquals(2, run(predict, "the red ?").code());
        assertEquals(2, run(predict + " --input=" + table).code());
    }

    private static List<String> columns(String[] row, int... which) {
        return IntStream.of(which).mapToObj(i -> row[i]).toList();
    }

    @Test
    void allQuestionsAboutATextAreHeldOutTogether() throws IOException {
        Path train = Files.writeString(
                parent.resolve("train.json"), squad(IntStream.range(0, 60).mapToObj(AnswersCommandsTest::answered)));
        CliRun run = run("finetune question-answering --kernels=nd4j --seq-len=16 --steps=1 --model="
                + PretrainedFixture.DIRECTORY + " --train=" + train + " --output=" + parent.resolve("one"));
        assertEquals(0, run.code(), run.err());
        // The share of 0.1 is six questions; the text that is held out has more.
        assertTrue(run.out().contains(" questions about 5 texts, "), run.out());
    }

    /** The form of CMRC 2018, with a character outside of the basic plane; the model that is trained further answers questions already. */
    @Test
    void chineseQuestionsAreLearntAndAnswered() throws IOException {
        List<String> fillers =
                List.of("\u674E\u767D\u662F\u8BD7\u4EBA\u3002", "\uD840\uDC00\u5510\u671D\uFF0C", "\u751F\u4E8E", "");
        Path train = Files.writeString(
                parent.resolve("train.json"), squad(IntStream.range(0, 96).mapToObj(i -> {
                    String before = fillers.get(i % 4);
                    return "{\"context\": \"" + before + "\u5317\u4EAC" + fillers.get(i / 4 % 4)
                            + "\", \"qas\": [{\"id\": \"q" + i
                            + "\", \"question\": \"\u5728\u54EA\u91CC\uFF1F\", \"answers\": [{\"text\": \"\u5317\u4EAC\","
                            + " \"answer_start\": " + before.codePointCount(0, before.length()) + "}]}]}";
                })));
        Path model = parent.resolve("chinese");
        CliRun learnt = finetune(
                Path.of("src/test/resources/answers/tiny-qa"),
                "question-answering",
                train,
                model,
                "--answer-rules=cmrc",
                "--validation=" + train);
        assertEquals(0, learnt.code(), learnt.err());
        assertTrue(learnt.out().contains("held out f1: 1.0000"), learnt.out());
        CliRun lines = run("predict --kernels=nd4j --model=" + model + " --input=" + train);
        assertEquals(0, lines.code(), lines.err());
        // The second context begins with a character of two chars.
        String[] row = lines.out().lines().toList().get(1).split("\t", -1);
        assertEquals(List.of("\u5317\u4EAC", "4", "6", "q1"), columns(row, 0, 2, 3, 4));
    }

    @Test
    void choicesAreLearntAndMade() throws IOException {
        Path train = Files.writeString(
                parent.resolve("train.csv"),
                IntStream.range(0, 60)
                        .mapToObj(i -> "the red," + (i % 3 == 0 ? "cat ran,bird sang" : "bird sang,cat ran") + ","
                                + (i % 3 == 0 ? 0 : 1))
                        .collect(Collectors.joining("\n", "text,a,b,label\n", "\n")));
        Path model = parent.resolve("choice");
        CliRun learnt = finetune("multiple-choice", train, model, "--choice-columns=a,b");
        assertEquals(0, learnt.code(), learnt.err());
        assertTrue(learnt.out().contains("held out mrr: 1.0000"), learnt.out());
        assertTrue(learnt.out().contains("right choices: "), learnt.out());

        CliRun scored = run(
                "evaluate --kernels=nd4j --choice-columns=a,b --model=" + model + " --input=" + train, "--seq-len=16");
        assertEquals(0, scored.code(), scored.err());
        assertTrue(scored.out().contains("train.csv accuracy: 1.0000"), scored.out());

        Path input = Files.writeString(
                parent.resolve("new.jsonl"),
                "{\"text\": \"the red\", \"x\": \"bird sang\", \"y\": \"cat ran\", \"z\": \"bird sang\"}\n");
        String predict = "predict --kernels=nd4j --model=" + model + " --input=" + input;
        JsonNode json =
                CliRun.json((predict + " --choice-columns=x,y,z").split(" ")).get("predictions");
        assertEquals("cat ran", json.get(0).get("choices").get(0).get("choice").asText());
        assertEquals(1, json.get(0).get("choices").get(0).get("number").intValue());
        assertEquals(3, json.get(0).get("choices").size());
        CliRun line = run(predict + " --choice-columns=x,y,z");
        assertTrue(line.out().startsWith("cat ran\t1\t"), line.out());

        CliRun without = run(predict);
        assertEquals(2, without.code());
        assertTrue(without.errorLines().get(0).contains("Name them with --choice-columns"), without.err());
    }

    private void assertRefused(String task, String name, String content, String expected, String... more)
            throws IOException {
        Path file = Files.writeString(parent.resolve(name), content);
        Path output = parent.resolve("refused");
        CliRun run = finetune(task, file, output, more);
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains(expected), run.errorLines().get(0));
        assertTrue(Files.notExists(output));
    }

    @Test
    void mistakesAreNamedWithTheirLine() throws IOException {
        String qa = "question-answering";
        assertRefused(
                qa,
                "text.json",
                squad(Stream.of(answered(1), paragraph("the cat", "q", "[{\"text\": \"bird\", \"answer_start\": 4}]"))),
                "text.json, line 3: Expected the answer \"bird\" to question \"q\" in its context, at 4. Received: a"
                        + " context without that text");
        assertRefused(
                qa,
                "context.json",
                squad(Stream.of("{\"qas\": [{\"id\": \"q\", \"question\": \"the ?\", \"answers\": []}]}")),
                "context.json, line 2: Expected a \"context\" beside the questions");
        assertRefused(
                qa,
                "cmrc.json",
                squad(Stream.of(answered(1), paragraph("the cat", "q", "[]"))),
                "cmrc.json, line 3: Expected an answer to the question 'q'. Received: an unanswerable question.",
                "--answer-rules=cmrc");
        assertRefused(
                "multiple-choice",
                "column.csv",
                "text,a,label\nthe,cat,0\n",
                "column.csv, line 1: Expected a column \"b\" in the header",
                "--choice-columns=a,b");
        assertRefused(
                "multiple-choice",
                "range.csv",
                "text,a,b,label\nthe,cat,bird,1\nthe,cat,bird,2\n",
                "range.csv, line 3: Expected the number of a choice, from 0 to 1. Received: 2",
                "--choice-columns=a,b");
        assertRefused(
                qa,
                "weights.json",
                squad(Stream.of(answered(1), answered(2))),
                "Expected no --class-weights",
                "--class-weights=balanced");
    }
}
