package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small and one-sided files for {@code finetune}. */
class FinetuneDataTest {
    @TempDir
    Path parent;

    private CliRun finetune(String rows) throws IOException {
        Path train = Files.writeString(parent.resolve("train.csv"), "text,label\n" + rows);
        return CliRun.of(
                "finetune",
                "classification",
                "--kernels=nd4j",
                "--model=" + PretrainedFixture.DIRECTORY,
                "--train=" + train,
                "--output=" + parent.resolve("out"),
                "--epochs=1",
                "--seq-len=16");
    }

    @Test
    void theLastRecordOfAClassIsNotHeldOut() throws IOException {
        String single =
                IntStream.range(0, 10).mapToObj(i -> "the cat," + i + "\n").collect(Collectors.joining());
        CliRun run = finetune(single + "the king,royal\nthe queen,royal\n");

        assertEquals(0, run.code(), run.err());
        String all = run.out() + run.err();
        assertTrue(all.contains("1 of 12 records"), all);
        assertTrue(all.contains("royal 1 ("), all);
    }

    @Test
    void twoRecordsOfTwoClassesAreBothLearnt() throws IOException {
        CliRun run = finetune("the cat,animal\nthe king,royal\n");

        assertEquals(0, run.code(), run.err());
        assertTrue((run.out() + run.err()).contains("0 of 2 records"), run.err());
    }

    @Test
    void recordsOfWhichNoneHasALabelAreRefused() throws IOException {
        Path train = Files.writeString(parent.resolve("train.csv"), "text,label\n" + "the cat,\n".repeat(20));
        Path labels = Files.writeString(parent.resolve("labels.txt"), "animal\n");
        String[] command = {
            "finetune",
            "multi-label",
            "--kernels=nd4j",
            "--model=" + PretrainedFixture.DIRECTORY,
            "--train=" + train,
            "--output=" + parent.resolve("out"),
            "--epochs=1",
            "--seq-len=16"
        };
        CliRun run = CliRun.of(command);
        assertEquals(1, run.code(), run.out());
        String message = "train.csv: Expected records with labels. Received: none in 18 records";
        assertTrue(run.errorLines().get(0).contains(message), run.err());
        CliRun named = CliRun.of(Stream.concat(Stream.of(command), Stream.of("--labels=" + labels))
                .toArray(String[]::new));
        assertEquals(1, named.code(), named.out());
        assertTrue(
                named.errorLines().get(0).contains("train.csv: Expected records of each of the 1 labels"), named.err());
    }

    @Test
    void aSingleClassIsRefused() throws IOException {
        CliRun run = finetune("the cat,animal\n".repeat(20));

        assertEquals(1, run.code(), run.out());
        assertEquals(1, run.errorLines().size(), run.err());
        String message = "train.csv: Expected records of at least two labels. Received: \"animal\" only. Add records";
        assertTrue(run.errorLines().get(0).contains(message), run.err());
        assertFalse(Files.exists(parent.resolve("out")));
    }
}
