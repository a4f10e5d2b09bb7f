package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.SpanPairReader.SpanColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpanPairReaderTest {
    @TempDir
    Path directory;

    @Test
    void spansAreReadFromColumnsInCodePoints() throws IOException {
        Path file = Files.writeString(
                directory.resolve("a.jsonl"),
                "{\"text\":\"😀 Ann met Bob\",\"a\":10,\"b\":13,\"c\":\"2\",\"d\":5,\"label\":\"met-by\"}\n");
        SpanPairReader reader = new SpanPairReader("text", new SpanColumns("a", "b", "c", "d"), ReadOptions.DEFAULT);
        SpanPair expected =
                new SpanPair("😀 Ann met Bob", new Span(11, 14), new Span(3, 6), new SourceLine(file.toString(), 1));

        assertEquals(List.of(new Labelled<>(expected, "met-by")), reader.relations(file, "label"));
        assertEquals(List.of(expected), reader.pairs(file));
        assertEquals("Bob", expected.first().of(expected.text()));
        assertEquals("Ann", expected.second().of(expected.text()));
    }

    @Test
    void spansAreReadFromTagsInTheText() throws IOException {
        Path file = Files.writeString(
                directory.resolve("a.tsv"),
                "label\tsentence\nCause-Effect(e2,e1)\tThe <e2>burst</e2> by <e1>water $1</e1>.\n");

        List<Labelled<SpanPair, String>> read =
                new SpanPairReader("sentence", null, ReadOptions.DEFAULT).relations(file, "label");

        SpanPair expected = new SpanPair(
                "The burst by water $1.", new Span(13, 21), new Span(4, 9), new SourceLine(file.toString(), 2));
        assertEquals(List.of(new Labelled<>(expected, "Cause-Effect(e2,e1)")), read);
    }

    @Test
    void choicesAreRead() throws IOException {
        Path file = Files.writeString(directory.resolve("a.csv"), "q,a,b,right\nIt is,wet,dry,1\n");
        ChoicesReader reader = new ChoicesReader("q", List.of("b", "a"), ReadOptions.DEFAULT);
        Choices expected = new Choices("It is", List.of("dry", "wet"), new SourceLine(file.toString(), 2));

        assertEquals(List.of(new Labelled<>(expected, 1)), reader.answered(file, "right"));
        assertEquals(List.of(expected), reader.choices(file));
    }
}
