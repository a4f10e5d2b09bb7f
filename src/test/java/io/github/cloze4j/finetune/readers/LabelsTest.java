package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelsTest {
    private static final SourceLine SOURCE = new SourceLine("dev.csv", 7);

    @TempDir
    Path directory;

    /** The right column is Python's sorted(set(labels)), of integers where all labels are such. */
    @ParameterizedTest
    @CsvSource({
        "b a b c a, a b c",
        "10 9 -1 0, -1 0 9 10",
        "10 9 x, 10 9 x",
        "10 9 01, 01 10 9",
        "a B _ Z, B Z _ a",
        "\uFF21 \uD835\uDC00 é, é \uFF21 \uD835\uDC00",
    })
    void labelsAreSortedAsInPython(String labels, String sorted) {
        assertEquals(
                List.of(sorted.split(" ")),
                Labels.of(List.of(labels.split(" "))).names());
    }

    @Test
    void labelsOfAFileKeepTheirOrder() throws IOException {
        Path file = Files.writeString(directory.resolve("labels.txt"), "\uFEFFz\r\n a b \r\n\r\n");

        Labels labels = Labels.read(file, ReadOptions.DEFAULT);

        assertEquals(List.of("z", "a b"), labels.names());
        assertEquals(1, labels.id("a b", SOURCE));
    }

    @Test
    void aLabelThatTrainingNeverSawIsRefused() {
        Labels few = Labels.inOrder(List.of("neg", "pos"));
        Labels many = Labels.of(IntStream.range(0, 12).mapToObj(String::valueOf).toList());

        assertEquals(
                "dev.csv, line 7: Expected one of the 2 labels of the model, \"neg\", \"pos\". Received: \"Pos\". Correct the"
                        + " label, or add records with it to the training data",
                assertThrows(CorpusException.class, () -> few.id("Pos", SOURCE)).getMessage());
        assertEquals(
                "dev.csv, line 7: Expected one of the 12 labels of the model, \"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\","
                        + " \"7\", \"8\", \"9\" and 2 more. Received: \"12\". Correct the label, or add records with it to"
                        + " the training data",
                assertThrows(CorpusException.class, () -> many.id("12", SOURCE)).getMessage());
    }

    @Test
    void aHistogramCountsLabels() {
        Labels labels = Labels.inOrder(List.of("ham", "eggs", "spam"));

        LabelHistogram histogram = LabelHistogram.of(labels, List.of(2, 0, 2, 1, 1, 2, 2, 2));

        assertEquals(List.of(1, 2, 5), histogram.counts());
        assertEquals("spam 5 (62.5 %), eggs 2 (25.0 %), ham 1 (12.5 %)", histogram.toString());
        histogram.requireEveryLabel(Path.of("train.csv"));
    }

    @Test
    void aHistogramOfManyLabelsIsOneLineOfTheMostFrequent() {
        Labels labels = Labels.inOrder(
                IntStream.range(0, 2000).mapToObj(i -> "line\n" + i).toList());

        String text = LabelHistogram.of(labels, List.of(1999, 1999, 7)).toString();

        assertEquals("line 1999 2 (66.7 %), line 7 1 (33.3 %), line 0 0 (0.0 %)", text.substring(0, 57));
        assertEquals("line 98 0 (0.0 %) and 1900 more", text.substring(text.length() - 31));
    }

    @Test
    void anEmptyClassIsRefused() {
        LabelHistogram histogram = LabelHistogram.of(Labels.inOrder(List.of("a", "b", "c")), List.of(1, 1));

        assertEquals(
                "train.csv: Expected records of each of the 3 labels. Received: none of \"a\" and 1 more. Add records, or"
                        + " remove the label from the list of labels",
                assertThrows(CorpusException.class, () -> histogram.requireEveryLabel(Path.of("train.csv")))
                        .getMessage());
    }

    @Test
    void aSingleClassIsNoChoice() {
        LabelHistogram.of(Labels.inOrder(List.of("a", "b")), List.of(1, 1)).requireChoice(Path.of("train.csv"));
        LabelHistogram single = LabelHistogram.of(Labels.inOrder(List.of("a")), List.of(0));

        assertEquals(
                "train.csv: Expected records of at least two labels. Received: \"a\" only. Add records of another label",
                assertThrows(CorpusException.class, () -> single.requireChoice(Path.of("train.csv")))
                        .getMessage());
    }

    @Test
    void labelsInOrderDiffer() {
        assertThrows(IllegalArgumentException.class, () -> Labels.inOrder(List.of("a", "a")));
        assertThrows(IllegalArgumentException.class, () -> Labels.inOrder(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Labels.of(List.of()));
    }

    @ParameterizedTest
    @CsvSource({"a.CSV, csv", "a.tab.gz, tsv", "x.json, squad", "a.b.ndjson, jsonl", "a.iob, conll"})
    void aFormatIsThatOfTheExtension(String file, String format) {
        assertEquals(DataFormat.named(format), DataFormat.of(Path.of(file)));
    }

    @ParameterizedTest
    @CsvSource({"csv", "a.doc", "a.csv.zip", "a."})
    void aFileWithoutAKnownExtensionIsRefused(String file) {
        assertThrows(CorpusException.class, () -> DataFormat.of(Path.of(file)));
        assertThrows(IllegalArgumentException.class, () -> DataFormat.named(file + "x"));
    }
}
