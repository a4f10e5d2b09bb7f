package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TagNotationTest {
    private static List<String> split(String tags) {
        return Arrays.asList(tags.split(" "));
    }

    /** Sentences are separated by a bar. */
    @ParameterizedTest
    @CsvSource({
        "IOB1, O I-A I-A O | I-B, O B-A I-A O | B-B",
        "IOB1, I-A B-A I-A I-B, B-A B-A I-A B-B",
        "IOB1, I-A O O, B-A O O",
        "IOB2, B-A I-A O B-B, B-A I-A O B-B",
        "IOB2, B-A B-A, B-A B-A",
        "IOB2, B-A I-B O I-A, B-A B-B O B-A",
        "IOB2, B-A I-A | I-A O, B-A I-A | B-A O",
        "IOB2, O B I, O B I",
        "BIOES, B-A E-A O S-A, B-A I-A O B-A",
        "BIOES, B-A I-A I-A E-A S-B B-B E-B, B-A I-A I-A I-A B-B B-B I-B",
        "BIOES, B-A M-A E-A, B-A I-A I-A",
        "BIOES, B-A I-A L-A U-A, B-A I-A I-A B-A",
        "BIOES, E-A E-A I-A S-A I-A I-B, B-A B-A B-A B-A B-A B-B",
        "BIOES, S-A O S-B, B-A O B-B",
        "PLAIN, NN VB . O, NN VB . O",
        "PLAIN, O O, O O",
        "PLAIN, B-A NN, B-A NN",
        "PLAIN, S E, S E",
    })
    void aNotationIsRecognisedAndConverted(TagNotation notation, String tags, String iob2) {
        List<List<String>> sentences =
                Arrays.stream(tags.split(" \\| ")).map(TagNotationTest::split).toList();

        assertEquals(notation, TagNotation.of(sentences));
        assertEquals(
                Arrays.stream(iob2.split(" \\| ")).map(TagNotationTest::split).toList(),
                sentences.stream().map(notation::toIob2).toList());
    }

    /** A span: its type, its first word and the word after its last. */
    private record Typed(String type, int start, int end) {}

    @Test
    void everyNotationOfTheSameSpansBecomesTheSameTags() {
        long seed = new SplittableRandom().nextLong();
        System.out.println("TagNotationTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 500; round++) {
            int length = 1 + random.nextInt(12);
            List<Typed> spans = new ArrayList<>();
            for (int at = random.nextInt(3); at < length; at += random.nextInt(3)) {
                int end = Math.min(length, at + 1 + random.nextInt(3));
                spans.add(new Typed(random.nextBoolean() ? "A" : "B", at, end));
                at = end;
            }
            List<String> iob2 = write(length, spans, TagNotation.IOB2);
            for (TagNotation notation : List.of(TagNotation.IOB1, TagNotation.IOB2, TagNotation.BIOES)) {
                List<String> tags = write(length, spans, notation);
                assertEquals(iob2, notation.toIob2(tags), "seed " + seed + ", " + tags);
                assertEquals(iob2, notation.toIob2(iob2), "seed " + seed);
            }
        }
    }

    private static List<String> write(int length, List<Typed> spans, TagNotation notation) {
        String[] tags = new String[length];
        Arrays.fill(tags, "O");
        Typed before = null;
        for (Typed span : spans) {
            for (int i = span.start; i < span.end; i++) {
                boolean first = i == span.start;
                boolean last = i == span.end - 1;
                boolean touches = before != null && before.end == span.start && before.type.equals(span.type);
                String letter =
                        switch (notation) {
                            case IOB1 -> first && touches ? "B" : "I";
                            case BIOES -> first && last ? "S" : first ? "B" : last ? "E" : "I";
                            default -> first ? "B" : "I";
                        };
                tags[i] = letter + "-" + span.type;
            }
            before = span;
        }
        return Arrays.asList(tags);
    }

    /** The spans that seqeval 1.2.2 finds by its default rule, which the fixture's script repeats. */
    @Test
    void convertedTagsHaveTheSpansOfSeqeval() throws IOException {
        for (String line : Files.readAllLines(Path.of("src/test/resources/finetune/spans.jsonl"))) {
            JsonNode sentence = new ObjectMapper().readTree(line);
            List<String> tags = new ArrayList<>();
            sentence.get("tags").forEach(tag -> tags.add(tag.textValue()));
            List<String> expected = new ArrayList<>();
            sentence.get("spans").forEach(span -> expected.add(span.toString()));

            List<String> found = new ArrayList<>();
            List<String> iob2 = TagNotation.BIOES.toIob2(tags);
            for (int i = 0; i < iob2.size(); i++) {
                if (iob2.get(i).charAt(0) == 'B') {
                    int end = i + 1;
                    while (end < iob2.size() && iob2.get(end).charAt(0) == 'I') {
                        end++;
                    }
                    found.add("[\"" + iob2.get(i).substring(2) + "\"," + i + "," + (end - 1) + "]");
                }
            }

            assertEquals(expected, found, line);
        }
    }
}
