package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.corpus.records.SourceLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaggedWordsReaderTest {
    private static final TaggedWordsReader READER = new TaggedWordsReader(ReadOptions.DEFAULT);

    @TempDir
    Path directory;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void conll2003IsRead() throws IOException {
        Path file = write(
                "eng.train.conll",
                "-DOCSTART- -X- -X- O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n\nPeter NNP I-NP I-PER\n"
                        + "Blackburn NNP I-NP I-PER\nPaul NNP B-NP B-PER\n");

        TaggedData data = READER.read(file);

        assertEquals(
                new TaggedData(
                        List.of(
                                new TaggedWords(
                                        "EU rejects",
                                        List.of(new Span(0, 2), new Span(3, 10)),
                                        List.of("B-ORG", "O"),
                                        new SourceLine(file.toString(), 3)),
                                new TaggedWords(
                                        "Peter Blackburn Paul",
                                        List.of(new Span(0, 5), new Span(6, 15), new Span(16, 20)),
                                        List.of("B-PER", "I-PER", "B-PER"),
                                        new SourceLine(file.toString(), 7))),
                        TagNotation.IOB1,
                        2),
                data);
        assertEquals(
                List.of(List.of("NNP", "VBZ"), List.of("NNP", "NNP", "NNP")),
                READER.read(file, 2).sentences().stream().map(TaggedWords::tags).toList());
        assertEquals(TagNotation.PLAIN, READER.read(file, 2).notation());
    }

    @Test
    void aWordBetweenTabsMayHoldBlanks() throws IOException {
        Path file = write("a.bio", "\uFEFF New York \tS-LOC \r\n😀\tO\r\n");

        TaggedWords sentence = READER.read(file).sentences().get(0);

        assertEquals("New York 😀", sentence.text());
        assertEquals(
                List.of("New York", "😀"),
                sentence.words().stream().map(word -> word.of(sentence.text())).toList());
        assertEquals(List.of("B-LOC", "O"), sentence.tags());
    }

    @Test
    void wordsOfJsonLinesAreRead() throws IOException {
        Path file = write(
                "a.jsonl",
                "{\"tokens\":[\"Ann\",\"Lee\"],\"ner_tags\":[\"B-PER\",\"E-PER\"]}\n{\"tokens\":[\"x\"],\"ner_tags\":[\"O\"]}\n");

        TaggedData data = READER.read(file, "tokens", "ner_tags");

        assertEquals(TagNotation.BIOES, data.notation());
        assertEquals(1, data.changedTags());
        assertEquals(
                List.of(List.of("B-PER", "I-PER"), List.of("O")),
                data.sentences().stream().map(TaggedWords::tags).toList());
    }
}
