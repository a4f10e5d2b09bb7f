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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code finetune} and {@code predict} of tagged words and of relations, from files to answers. */
class TaggingCommandsTest {
    @TempDir
    private Path parent;

    private static CliRun run(String command, String... more) {
        return CliRun.of(
                Stream.concat(Stream.of(command.split(" ")), Stream.of(more)).toArray(String[]::new));
    }

    private static CliRun finetune(String task, Path train, Path output, String... more) {
        Stream<String> own = Stream.of(
                "--kernels=nd4j",
                "--model=" + PretrainedFixture.DIRECTORY,
                "--train=" + train,
                "--output=" + output,
                "--seq-len=16",
                "--batch-size=4",
                "--epochs=15",
                "--evaluations=1",
                "--dropout=0",
                "--lr=6e-3");
        return run("finetune " + task, Stream.concat(own, Stream.of(more)).toArray(String[]::new));
    }

    /** Sentences in CoNLL of three columns, in IOB1. */
    private static String conll() {
        List<String> animals = List.of("the x O\nred x I-ANIMAL\ncat x I-ANIMAL\n", "bird x I-ANIMAL\nsang x O\n");
        return IntStream.range(0, 60)
                .mapToObj(i -> "ran x O\n".repeat(i % 3) + animals.get(i % 2) + "the x O\n".repeat(i % 4))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void taggersAreLearntAndTag() throws IOException {
        Path train = Files.writeString(parent.resolve("train.conll"), conll());
        Path model = parent.resolve("tagger");
        CliRun learnt = finetune("tagging", train, model);
        assertEquals(0, learnt.code(), learnt.err());
        assertTrue(learnt.out().contains("held out accuracy: 1.0000"), learnt.out());
        assertTrue(learnt.out().contains("held out entity f1 strict: 1.0000"), learnt.out());
        assertTrue(learnt.out().contains(" tags are changed from IOB1 to IOB2"), learnt.out());

        String predict = "predict --kernels=nd4j --seq-len=8 --model=" + model;
        JsonNode json = CliRun.json(Stream.concat(
                                Stream.of(predict.split(" ")),
                                Stream.of("\uD83D\uDE00 the  Red CAT ran", "ran bird sang the"))
                        .toArray(String[]::new))
                .get("predictions");
        JsonNode span = json.get(0).get("spans").get(0);
        assertEquals("ANIMAL", span.get("type").asText());
        assertEquals("Red CAT", span.get("text").asText());
        assertEquals(
                List.of(7, 14),
                List.of(span.get("start").intValue(), span.get("end").intValue()));
        assertEquals(5, json.get(0).get("words").size());
        assertEquals("B-ANIMAL", json.get(1).get("words").get(1).get("tag").asText());

        Path lists = Files.writeString(
                parent.resolve("new.jsonl"),
                "{\"words\": [\"ran\", \"bird\", \"sang\", \"the\"]}\n{\"words\": \"" + "the red cat ran ".repeat(9)
                        + "\"}\n");
        CliRun rows = run(predict + " --text-column=words --input=" + lists);
        assertEquals(0, rows.code(), rows.err());
        List<String[]> lines =
                rows.out().lines().map(line -> line.split("\t", -1)).toList();
        assertEquals(10, lines.size(), rows.out());
        assertEquals(List.of("ANIMAL", "bird", "4", "8", "1"), columns(lines.get(0), 0, 2, 3, 4, 5));
        assertEquals(List.of("ANIMAL", "red cat", "132", "139", "2"), columns(lines.get(9), 0, 2, 3, 4, 5));
        assertEquals(0, run(predict + " --input=" + train).code());
    }

    /** Sentences that are the only ones with their tag stay, as they could not be scored; others are held out in their place. */
    @Test
    void theOnlySentenceWithATagIsNotHeldOut() throws IOException {
        String rare =
                IntStream.range(0, 6).mapToObj(i -> "\n? x I-MARK" + i + "\n").collect(Collectors.joining());
        Path train = Files.writeString(parent.resolve("train.conll"), conll() + rare);
        CliRun learnt = finetune("tagging", train, parent.resolve("tagger"), "--validation-fraction=0.3");
        assertEquals(0, learnt.code(), learnt.err());
        assertTrue(learnt.out().contains("20 of 66 records"), learnt.out());
        IntStream.range(0, 6).forEach(i -> assertTrue(learnt.out().contains("B-MARK" + i + " 1 ("), learnt.out()));
    }

    private static List<String> columns(String[] row, int... which) {
        return IntStream.of(which).mapToObj(i -> row[i]).toList();
    }

    /** Parts of speech from lists of words; a table of answers has a row for each word. */
    @Test
    void tagsOfListsAreRead() throws IOException {
        Path train = Files.writeString(
                parent.resolve("train.jsonl"),
                IntStream.range(0, 40)
                        .mapToObj(i -> "{\"words\": [\"the\", \"" + (i % 2 == 0 ? "cat" : "bird")
                                + "\"], \"tags\": [\"DT\", \"NN\"]}\n")
                        .collect(Collectors.joining()));
        Path model = parent.resolve("tagger");
        CliRun learnt = finetune("tagging", train, model, "--text-column=words", "--label-column=tags");
        assertEquals(0, learnt.code(), learnt.err());
        assertTrue(learnt.out().contains("held out macro f1: 1.0000"), learnt.out());
        CliRun rows = run("predict --kernels=nd4j --model=" + model, "The bird");
        assertTrue(rows.out().startsWith("DT\t"), rows.out());
        assertTrue(rows.out().contains("\tbird\t4\t8\t1\n"), rows.out());
    }

    private static String related(int number) {
        boolean cat = number % 2 == 0;
        return "{\"text\": \"" + "the ".repeat(number % 3) + "<e1>" + (cat ? "cat" : "bird") + "</e1> ran ? <e2>"
                + (cat ? "bird" : "cat") + "</e2>\", \"label\": \"" + (cat ? "chases" : "flees") + "\"}\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"relations", "relations-by-cls"})
    void relationsAreLearntAndTold(String task) throws IOException {
        Path train = Files.writeString(
                parent.resolve("train.jsonl"),
                IntStream.range(0, 60).mapToObj(TaggingCommandsTest::related).collect(Collectors.joining()));
        Path model = parent.resolve("relations");
        CliRun learnt = finetune(task, train, model);
        assertEquals(0, learnt.code(), learnt.err());
        assertTrue(learnt.out().contains("new tokens: [E1], [/E1], [E2], [/E2]"), learnt.out());
        assertTrue(learnt.out().contains("held out accuracy: 1.0000"), learnt.out());

        String predict = "predict --kernels=nd4j --seq-len=16 --model=" + model;
        CliRun line = run(predict, "the <e1>Bird</e1> ran ? <e2>cat</e2>");
        assertEquals(0, line.code(), line.err());
        assertTrue(line.out().startsWith("flees\t"), line.out());
        assertTrue(line.out().endsWith("\tBird\tcat\tthe Bird ran ? cat\n"), line.out());

        Path table = Files.writeString(
                parent.resolve("new.csv"),
                "text,a,b,c,d\n\uD83D\uDE00 cat ran ? bird,2,5,12,16\ncat " + "ran ".repeat(20) + "bird,0,3,84,88\n");
        JsonNode json = CliRun.json((predict + " --span-columns=a,b,c,d --input=" + table).split(" "))
                .get("predictions");
        assertEquals("chases", json.get(0).get("labels").get(0).get("label").asText());
        assertEquals("bird", json.get(0).get("second").asText());
        assertEquals(false, json.get(1).get("fits").booleanValue());
        assertEquals(0, json.get(1).get("labels").size());

        CliRun none = run(predict, "the cat ran");
        assertEquals(1, none.code());
        assertTrue(none.errorLines().get(0).contains("TEXT, line 1: Expected one span between <e1>"), none.err());
        Path inside = Files.writeString(parent.resolve("inside.csv"), "text\nthe cat <e1>b</e1>ird <e2>ran</e2>\n");
        CliRun cut = run(predict + " --input=" + inside);
        assertEquals(1, cut.code());
        assertTrue(cut.errorLines().get(0).contains("inside.csv, line 2: Expected spans that begin"), cut.err());
    }

    private void assertRefused(int code, String task, String name, String content, String expected, String... more)
            throws IOException {
        Path file = Files.writeString(parent.resolve(name), content);
        Path output = parent.resolve("refused");
        CliRun run = finetune(task, file, output, more);
        assertEquals(code, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains(expected), run.errorLines().get(0));
        assertTrue(Files.notExists(output));
    }

    @Test
    void mistakesAreNamedWithTheirLine() throws IOException {
        Path unseen = Files.writeString(parent.resolve("held.conll"), "the O\n\ncat B-PLANT\n");
        assertRefused(
                1,
                "tagging",
                "a.conll",
                "the O\ncat B-ANIMAL\n",
                "held.conll, line 3: Expected one of the 2 labels",
                "--validation=" + unseen);
        assertRefused(
                1,
                "tagging",
                "b.jsonl",
                "{\"text\": [\"the\", \"cat\"], \"label\": [\"O\"]}\n",
                "b.jsonl, line 1: Expected one tag for each word. Received: 2 words and 1 tags");
        assertRefused(1, "tagging", "c.conll", "the O\ncat\n", "c.conll, line 2: Expected 2 columns");
        assertRefused(
                2, "tagging", "d.conll", "the O\n", "Expected the number of the tag's column", "--label-column=tag");
        Path labels = Files.writeString(parent.resolve("labels.txt"), "O\nB-ANIMAL\n");
        assertRefused(
                1,
                "tagging",
                "e.conll",
                "the O\n\ncat O\n",
                "Expected records of each of the 2 labels",
                "--labels=" + labels);
        assertRefused(
                1,
                "relations",
                "f.csv",
                "text,label,a,b,c,d\nthe cat,x,0,3,4,8\n",
                "f.csv, line 2: Expected a span within the text",
                "--span-columns=a,b,c,d");
        assertRefused(
                1,
                "relations",
                "g.csv",
                "text,label,a,b,c,d\nthe cat,x,0,2,4,7\n",
                "g.csv, line 2: Expected spans that begin and end between pieces",
                "--span-columns=a,b,c,d");
        assertRefused(
                2, "relations", "i.jsonl", related(1), "Expected --merge with --adapter for a task", "--adapter=lora");
        assertRefused(2, "relations", "h.csv", "text,label\nx,y\n", "Expected --span-columns", "--span-columns=a,b");
    }
}
