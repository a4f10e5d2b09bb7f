package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files are named as they are called, whatever characters that takes; what is no file is refused. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "Windows allows none of these names, and has neither pipes nor /dev")
class CorpusNamesTest {
    @TempDir
    Path directory;

    private String[] pretrain(Path output, String... more) {
        return PretrainFixture.arguments(
                output,
                java.util.stream.Stream.concat(
                                java.util.stream.Stream.of("--steps=1", "--seq-len=16", "--batch-size=2"),
                                java.util.Arrays.stream(more))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a|b.txt",
                "|",
                "a\\",
                "a\\|b",
                "*.txt",
                "[ab].txt",
                "{a,b}.txt",
                "a,b.txt",
                "a b .txt ",
                "a\"b\".txt",
                "$HOME ${user.home}.txt",
                "@a.txt",
                "#a=b:c!.txt",
                "a\nb\r.txt",
                "äöü 学.txt"
            })
    void anyNameIsAFileInEveryCommandAndInTheSettings(String name) throws IOException {
        Path corpus = Files.createDirectory(directory.resolve("corpus"));
        Path file = PretrainFixture.writeCorpus(corpus.resolve(name), 60);
        // What the name would be as a glob or as a list.
        for (String other : List.of("a", "b", "a.txt", "b.txt")) {
            Files.writeString(corpus.resolve(other), "zzzz qqqq\n");
        }
        Path vocabulary = directory.resolve("vocab.txt");
        CliRun trained =
                CliRun.of("train-vocab", "--corpus", file.toString(), "--size", "80", "--output", vocabulary + "");
        assertEquals(0, trained.code(), trained.err());
        assertFalse(Files.readString(vocabulary).contains("q"));

        Path output = directory.resolve("output");
        CliRun run = CliRun.of(pretrain(output, "--corpus", file.toString()));
        assertEquals(0, run.code(), run.err());
        assertEquals(Files.readString(vocabulary), Files.readString(output.resolve("vocab.txt")));
        CliRun resumed = CliRun.of("pretrain", "--output=" + output, "--resume", "--corpus", file.toString());
        assertEquals(0, resumed.code(), resumed.err());
        Path again = directory.resolve("again");
        CliRun configured = CliRun.of("pretrain", "--output=" + again, "--config=" + output + "/pretrain.properties");
        assertEquals(0, configured.code(), configured.err());
        assertEquals(Files.readString(vocabulary), Files.readString(again.resolve("vocab.txt")));
        assertEquals(
                Files.readString(output.resolve("pretrain.properties")),
                Files.readString(again.resolve("pretrain.properties")));
    }

    @Test
    void listsOfAnyNamesGoThroughSettings() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 5000; round++) {
            List<String> values = IntStream.range(0, 1 + random.nextInt(4))
                    .mapToObj(i -> random.ints(random.nextInt(6), 0, 3)
                            .mapToObj(c -> "|\\a".substring(c, c + 1))
                            .reduce("", String::concat))
                    .toList();
            assertEquals(values, SettingsList.split(SettingsList.join(values)), "seed " + seed);
        }
        assertEquals(List.of("C:\\a\\b", "D:\\c\\"), SettingsList.split("C:\\a\\b|D:\\c\\"), "as a person writes it");
    }

    private Path pipe() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        return pipe;
    }

    private static Thread feed(Path pipe, Path text) {
        Thread writer = new Thread(() -> {
            try {
                Files.write(pipe, Files.readAllBytes(text));
            } catch (IOException readerGone) {
                System.out.println("pipe: " + readerGone);
            }
        });
        writer.setDaemon(true);
        writer.start();
        return writer;
    }

    @Test
    @Timeout(300)
    void aPipeIsReadWhereOnceIsEnoughAndElseRefused() throws Exception {
        Path text = PretrainFixture.writeCorpus(directory.resolve("corpus.txt"), 100);
        Path pipe = pipe();
        Path vocabulary = directory.resolve("vocab.txt");
        CliRun refused = CliRun.of(pretrain(directory.resolve("refused"), "--corpus=" + pipe));
        assertEquals(1, refused.code(), refused.err());
        assertTrue(refused.errorLines().get(0).contains("a pipe, which gives its text once"), refused.err());
        assertFalse(Files.exists(directory.resolve("refused")));

        feed(pipe, text);
        CliRun learnt = CliRun.of("train-vocab", "--corpus", pipe + "", "--size", "80", "--output", vocabulary + "");
        assertEquals(0, learnt.code(), learnt.err());
        feed(pipe, text);
        CliRun trained = CliRun.of(pretrain(directory.resolve("trained"), "--corpus=" + pipe, "--vocab=" + vocabulary));
        assertEquals(0, trained.code(), trained.err());
        feed(pipe, text);
        Path data = directory.resolve("data");
        assertEquals(
                100,
                CliRun.json("prepare", "--corpus", pipe + "", "--vocab", vocabulary + "", "--output", data + "")
                        .get("documents")
                        .asLong());
    }

    @Test
    @Timeout(300)
    void recordsComeFromAPipeToo() throws Exception {
        Path pipe = pipe();
        String vocabulary = "src/test/resources/pretrained/tiny-bert/vocab.txt";
        Path data = directory.resolve("data");
        Path parquet = Path.of("src/test/resources/corpus/parquet");
        feed(pipe, parquet.resolve("records.jsonl"));
        JsonNode prepared = CliRun.json("prepare", "--corpus", pipe + "", "--vocab", vocabulary, "--output", data + "");
        assertEquals(81, prepared.get("documents").asLong(), "of 90 records, 9 without text");

        feed(pipe, parquet.resolve("snappy.parquet"));
        CliRun refused = CliRun.of("prepare", "--corpus", pipe + "", "--vocab", vocabulary, "--output", data + "");
        assertEquals(1, refused.code(), refused.err());
        assertTrue(refused.errorLines().get(0).contains("Parquet in a file that can be read at any place"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/zero", "/dev/null", "/dev/urandom"})
    @Timeout(300)
    void devicesAreRefused(String device) {
        Path output = directory.resolve("output");
        for (String[] command : new String[][] {
            {"train-vocab", "--corpus", device, "--size", "80", "--output", output.toString()},
            pretrain(output, "--corpus=" + device),
        }) {
            CliRun run = CliRun.of(command);
            assertEquals(1, run.code(), run.err());
            assertTrue(run.errorLines().get(0).contains("a device"), run.err());
        }
        assertFalse(Files.exists(output));
    }
}
