package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.finetune.readers.SpanPairReader.SpanColumns;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input: one line that names the file, the line, what was expected, what was received and what to do. */
class RefusalsTest {
    private static final ReadOptions OPTIONS = ReadOptions.DEFAULT;
    private static final TextReader SINGLE = new TextReader("text", null, OPTIONS);
    private static final SpanColumns SPANS = new SpanColumns("s1", "e1", "s2", "e2");

    @TempDir
    Path directory;

    @FunctionalInterface
    private interface Reading {
        Object read(Path file);
    }

    private static Arguments refused(String name, String content, Reading reading, String message) {
        return Arguments.of(name, content, reading, message);
    }

    static Stream<Arguments> tables() {
        Reading classes = file -> SINGLE.classes(file, "label");
        Reading numbers = file -> SINGLE.numbers(file, "label");
        Reading rewritten = file -> SINGLE.rewritten(file, "label");
        Reading lists = file -> SINGLE.classLists(file, "label", "|");
        return Stream.of(
                refused(
                        "a.csv",
                        "text,lable\na,1\n",
                        classes,
                        ", line 1: Expected a column \"label\" in the header. Received: the columns \"text\", \"lable\". Name"
                                + " one of these, or add the column"),
                refused(
                        "a.csv",
                        "text,label\na,b\n , b\n",
                        rewritten,
                        ", line 3: Expected a text in \"text\". Received: a blank one. Write the text, or remove the record"),
                refused(
                        "a.csv",
                        "text,label\na,b\na, \n",
                        rewritten,
                        ", line 3: Expected a text in \"label\". Received: a blank one. Write the text, or remove the record"),
                refused(
                        "a.csv",
                        "text;label\na;1\n",
                        classes,
                        ", line 1: Expected a column \"text\" in the header. Received: the column \"text;label\". Separate the"
                                + " fields with commas, not with semicolons"),
                refused(
                        "a.csv",
                        "text\tlabel\na\t1\n",
                        classes,
                        ", line 1: Expected a column \"text\" in the header. Received: the column \"text label\". Name the"
                                + " format tsv, whose fields are separated by tabs"),
                refused(
                        "a.tsv",
                        "text,label\na,1\n",
                        classes,
                        ", line 1: Expected a column \"text\" in the header. Received: the column \"text,label\". Name the"
                                + " format csv, whose fields are separated by commas"),
                refused(
                        "a.csv",
                        "text,label,text\na,1,b\n",
                        classes,
                        ", line 1: Expected one column \"text\". Received: 2. Give each column a name of its own"),
                refused(
                        "a.csv",
                        "text,label\n\"a\nb\",1\nHello, you,1\n",
                        classes,
                        ", line 4: Expected 2 fields, as many as the header has. Received: 3. Put fields that hold a"
                                + " separator or a line break between double quotes"),
                refused(
                        "a.csv",
                        "text,label\na,1\n\"b,1\nc,1\n",
                        classes,
                        ", line 3: Expected fields between double quotes to be closed, and double quotes within them to be"
                                + " written twice. Received: a field that begins with \" and is never closed. Correct the"
                                + " quotes"),
                refused(
                        "a.tsv",
                        "text\tlabel\n\"Yes\" he said\t1\n",
                        classes,
                        ", line 2: Expected fields between double quotes to be closed, and double quotes within them to be"
                                + " written twice. Received: text after a closing quote. Correct the quotes, or name the"
                                + " format tsv-unquoted, in which quotes are characters like all others"),
                refused(
                        "a.csv",
                        "text,label\na,1\nb, \n",
                        classes,
                        ", line 3: Expected a label in \"label\". Received: an empty one. Write the label, or remove the"
                                + " record"),
                refused(
                        "a.csv",
                        "text,label\na,1\nb,none\n",
                        numbers,
                        ", line 3: Expected a finite number in \"label\". Received: \"none\". Correct the field"),
                refused(
                        "a.csv",
                        "text,label\na,NaN\n",
                        numbers,
                        ", line 2: Expected a finite number in \"label\". Received: \"NaN\". Correct the field"),
                refused(
                        "a.csv",
                        "text,label\na,x|y|x\n",
                        lists,
                        ", line 2: Expected every label once in \"label\". Received: \"x|y|x\". Correct the field"),
                refused(
                        "a.csv",
                        "text,label\n",
                        classes,
                        ": Expected at least one record. Received: none. Add records, or name another file"),
                refused(
                        "a.csv",
                        "",
                        classes,
                        ": Expected at least one record. Received: none. Add records, or name another file"),
                refused(
                        "a.doc",
                        "",
                        classes,
                        ": Expected a name that ends in .csv, .tsv, .tab, .jsonl, .ndjson, .conll, .iob, .bio, .json, .txt."
                                + " Received: a.doc. Name the format, one of csv, tsv, tsv-unquoted, jsonl, conll, squad,"
                                + " text, or rename the file"),
                refused(
                        "a.json",
                        "[]",
                        classes,
                        ": Expected records with fields in one of the formats csv, tsv, tsv-unquoted, jsonl. Received: the"
                                + " format squad. Name another file or another format"));
    }

    static Stream<Arguments> jsonLines() {
        Reading classes = file -> SINGLE.classes(file, "label");
        Reading tags = file -> new TaggedWordsReader(OPTIONS).read(file, "words", "tags");
        return Stream.of(
                refused(
                        "a.jsonl",
                        "{\"text\":\"a\",\"label\":1}\n{\"text\":\"b\"}\n",
                        classes,
                        ", line 2: Expected a field \"label\". Received: a record with \"text\". Add the field, or name one of"
                                + " these"),
                refused(
                        "a.jsonl",
                        "{\"text\":null,\"label\":1}\n",
                        classes,
                        ", line 1: Expected a text in \"text\". Received: null. Correct the field"),
                refused(
                        "a.jsonl",
                        "{\"text\":\"a\",\"label\":{}}\n",
                        classes,
                        ", line 1: Expected a label in \"label\". Received: {}. Correct the field"),
                refused(
                        "a.jsonl",
                        "\n{\"text\":\"a\",\n",
                        classes,
                        ", line 2: Expected a JSON object. Received: a text that is not JSON, near \",\" at column 13. Correct the line"),
                refused(
                        "a.jsonl",
                        "[{\"text\":\"a\"}]\n",
                        classes,
                        ", line 1: Expected a JSON object. Received: expected an object, received a list at column 1. Correct"
                                + " the line"),
                refused(
                        "a.jsonl",
                        "{\"words\":[\"a\",\"b\"],\"tags\":[\"O\"]}\n",
                        tags,
                        ", line 1: Expected one tag for each word. Received: 2 words and 1 tags. Correct the lists"),
                refused(
                        "a.jsonl",
                        "{\"words\":[],\"tags\":[]}\n",
                        tags,
                        ", line 1: Expected at least one word. Received: none. Add words, or remove the line"),
                refused(
                        "a.jsonl",
                        "{\"words\":\"a b\",\"tags\":[\"O\"]}\n",
                        tags,
                        ", line 1: Expected a list in \"words\". Received: \"a b\". Correct the field"),
                refused(
                        "a.jsonl",
                        "{\"words\":[\"\"],\"tags\":[\"O\"]}\n",
                        tags,
                        ", line 1: Expected a word and its tag. Received: an empty word. Fill it in"));
    }

    static Stream<Arguments> spans() {
        Reading columns = file -> new SpanPairReader("text", SPANS, OPTIONS).relations(file, "label");
        Reading marks = file -> new SpanPairReader("text", null, OPTIONS).relations(file, "label");
        String header = "text,s1,e1,s2,e2,label\n";
        return Stream.of(
                refused(
                        "a.csv",
                        header + "Ann met Bob,0,3,8,12,r\n",
                        columns,
                        ", line 2: Expected a span within the text, whose length is 11. Received: \"s2\" 8 and \"e2\" 12."
                                + " Correct the span; positions count characters from 0, and the end is exclusive"),
                refused(
                        "a.csv",
                        header + "Ann met Bob,3,3,8,11,r\n",
                        columns,
                        ", line 2: Expected a span within the text, whose length is 11. Received: \"s1\" 3 and \"e1\" 3."
                                + " Correct the span; positions count characters from 0, and the end is exclusive"),
                refused(
                        "a.csv",
                        header + "Ann met Bob,-1,3,8,11,r\n",
                        columns,
                        ", line 2: Expected a position, counted from 0, in \"s1\". Received: \"-1\". Correct the field"),
                refused(
                        "a.csv",
                        header + "Ann met Bob,0,7,4,11,r\n",
                        columns,
                        ", line 2: Expected two spans apart. Received: \"Ann met\" and \"met Bob\", which overlap. Correct the"
                                + " spans"),
                refused(
                        "a.csv",
                        "text,label\nAnn met Bob,r\n",
                        marks,
                        ", line 2: Expected one span between <e1> and </e1>, and one between <e2> and </e2>. Received: 0 of"
                                + " these tags. Put the tags around both spans"),
                refused(
                        "a.csv",
                        "text,label\n</e1>Ann<e1> met <e2>Bob</e2>,r\n",
                        marks,
                        ", line 2: Expected one span between <e1> and </e1>, and one between <e2> and </e2>. Received: these"
                                + " tags in another order, or around nothing. Put the tags around both spans"));
    }

    static Stream<Arguments> conll() {
        Reading last = file -> new TaggedWordsReader(OPTIONS).read(file);
        Reading third = file -> new TaggedWordsReader(OPTIONS).read(file, 3);
        return Stream.of(
                refused(
                        "a.conll",
                        "Ann B\n\nBob\n",
                        last,
                        ", line 3: Expected 2 columns, as line 1 has. Received: 1. Write a word and its tag a line, and a"
                                + " blank line after a sentence"),
                refused(
                        "a.conll",
                        "-DOCSTART- -X- O O\n\nAnn\n",
                        last,
                        ", line 3: Expected from 2 to 4 columns, the word in the first. Received: 1. Separate columns with"
                                + " tabs or blanks, and remove those that are not needed"),
                refused(
                        "a.conll",
                        "1\tAnn\tann\tNN\t_\n",
                        last,
                        ", line 1: Expected from 2 to 4 columns, the word in the first. Received: 5. Separate columns with"
                                + " tabs or blanks, and remove those that are not needed"),
                refused(
                        "a.conll",
                        "Ann B-PER\n",
                        third,
                        ", line 1: Expected from 3 to 4 columns, the word in the first. Received: 2. Separate columns with"
                                + " tabs or blanks, and remove those that are not needed"),
                refused(
                        "a.conll",
                        "Ann\t\n",
                        last,
                        ", line 1: Expected a word and its tag. Received: an empty tag. Fill it in"),
                refused(
                        "a.conll",
                        "\n\n",
                        last,
                        ": Expected at least one word with a tag. Received: none. Add sentences, or name another file"));
    }

    private static String squad(String context, String question) {
        return "{\"data\":[\n{\"paragraphs\":[{\"qas\":[\n" + question + "],\"context\":\"" + context + "\"}]}]}";
    }

    static Stream<Arguments> squad() {
        Reading answered = file -> new SquadReader(OPTIONS).answered(file);
        return Stream.of(
                refused(
                        "a.json",
                        squad(
                                "Ann met Bob",
                                "{\"id\":\"q\",\"question\":\"Who?\",\"answers\":[{\"text\":\"Anna\",\"answer_start\":0}]}"),
                        answered,
                        ", line 3: Expected the answer \"Anna\" to question \"q\" in its context, at 0. Received: a context"
                                + " without that text. Copy the answer from the context, letter by letter"),
                refused(
                        "a.json",
                        squad("Ann", "{\"id\":\"q\",\"question\":\"Who?\",\"answers\":[{\"text\":\"Ann\"}]}"),
                        answered,
                        ", line 3: Expected answers with a \"text\" and an \"answer_start\" to question \"q\". Received: an"
                                + " answer without an \"answer_start\". Complete the answer"),
                refused(
                        "a.json",
                        squad("Ann", "{\"id\":\"q\",\"question\":\"Who?\"}"),
                        answered,
                        ", line 3: Expected \"answers\" to question \"q\". Received: a question without them. Add the answers,"
                                + " or \"answers\": [] if the context holds none"),
                refused(
                        "a.json",
                        squad("Ann", "{\"id\":\"q\",\"question\":\" \",\"answers\":[]}"),
                        answered,
                        ", line 3: Expected a \"question\". Received: none, or a blank one. Add it"),
                refused(
                        "a.json",
                        squad(
                                "Ann",
                                "{\"id\":\"q\",\"question\":\"A?\",\"answers\":[]},\n{\"id\":\"q\",\"question\":\"B?\",\"answers\":[]}"),
                        answered,
                        ", line 4: Expected an id for each question. Received: the id \"q\" again, first in line 3. Give each"
                                + " question an id of its own"),
                refused(
                        "a.json",
                        squad(
                                "Ann",
                                "{\"id\":\"q\",\"question\":\"A?\",\"is_impossible\":true,"
                                        + "\"answers\":[{\"text\":\"Ann\",\"answer_start\":0}]}"),
                        answered,
                        ", line 3: Expected no answers to question \"q\", which \"is_impossible\". Received: 1 of them. Remove"
                                + " the answers, or the mark"),
                refused(
                        "a.json",
                        "{\"version\":\"2.0\"}",
                        answered,
                        ": Expected the JSON of SQuAD. Received: an object without the key \"data\". Correct the file, or name"
                                + " its format"),
                refused(
                        "a.json",
                        "{\"data\":[\n{\"paragraphs\":3}]}",
                        answered,
                        ": Expected the JSON of SQuAD. Received: expected a list, received an integer at line 2, column 15."
                                + " Correct the file, or name its format"),
                refused(
                        "a.json",
                        "{\"data\":[]}",
                        answered,
                        ": Expected at least one question. Received: none. Add questions, or name another file"));
    }

    static Stream<Arguments> files() {
        Reading labels = file -> Labels.read(file, OPTIONS);
        return Stream.of(
                refused(
                        "labels.txt",
                        "a\n\nb\n a\n",
                        labels,
                        ", line 4: Expected a label that is new. Received: \"a\", which line 1 has too. Remove one of them"),
                refused(
                        "labels.txt",
                        "\n",
                        labels,
                        ": Expected a label a line. Received: none. Add labels, or name another file"));
    }

    @ParameterizedTest
    @MethodSource({"tables", "jsonLines", "spans", "conll", "squad", "files"})
    void badInputIsRefused(String name, String content, Reading reading, String message) throws IOException {
        Path file = Files.writeString(directory.resolve(name), content);

        assertEquals(
                file + message,
                assertThrows(CorpusException.class, () -> reading.read(file)).getMessage());
    }

    static Stream<Arguments> foreignFiles() {
        return Stream.of(
                Arguments.of(
                        "PK\003\004\000\000\000",
                        "Expected plain text in %s. Received: a zip archive, as Office documents are too. Name files of plain"
                                + " text, or extract the text of this one"),
                Arguments.of(
                        "text,label\nCaf\351 \374ber \344lles f\374r \366de K\344se,1\n",
                        "Expected plain text in UTF-8 in %s. Received: bytes that are not UTF-8 text, the first in line 2; the"
                                + " encoding is probably ISO-8859-1. Name the encoding, or convert the file to UTF-8"));
    }

    @ParameterizedTest
    @MethodSource("foreignFiles")
    void aFileThatIsNoTextIsRefused(String latin1, String message) throws IOException {
        Path file = Files.write(directory.resolve("a.csv"), latin1.getBytes(StandardCharsets.ISO_8859_1));

        assertEquals(
                message.formatted(file),
                assertThrows(CorpusException.class, () -> SINGLE.texts(file)).getMessage());
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        Path file = directory.resolve("a.csv");

        assertEquals(
                "Expected readable text (gzip if the name ends in .gz, Zstandard if it ends in .zst) in " + file
                        + ". Received: no such file. Check that the file is complete and may be read.",
                assertThrows(CorpusException.class, () -> SINGLE.texts(file)).getMessage());
    }
}
