package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.finetune.runs.DefinedWords.Definition;
import io.github.cloze4j.finetune.runs.WordNet.Synset;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data of docs/generation.md: pairs of a source and a target, of which nothing held out is in the training part. */
class WritingSetsTest {
    @TempDir
    Path directory;

    private static int size(Map<Part, ? extends List<?>> parts) {
        return parts.values().stream().mapToInt(List::size).sum();
    }

    private List<JsonNode> rows(Part part) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve(part.fileName() + ".jsonl"))) {
            rows.add(new ObjectMapper().readTree(line));
        }
        return rows;
    }

    @Test
    void definedWordsOfOnePartAreInNoOther() throws IOException {
        List<Synset> synsets = WordNet.synsets();
        Map<Part, List<Definition>> parts = DefinedWords.build(synsets, 1);
        assertEquals(parts, DefinedWords.build(synsets, 1));
        assertNotEquals(parts, DefinedWords.build(synsets, 2));
        Map<String, Part> places = new HashMap<>();
        parts.forEach((part, definitions) -> {
            assertTrue(definitions.size() > 3_000, part + " has " + definitions.size());
            definitions.forEach(definition -> {
                assertNull(places.put("definition " + definition.text(), part));
                definition.words().forEach(word -> {
                    Part earlier = places.put("word " + word, part);
                    assertTrue(earlier == null || earlier == part, word + " is in two parts");
                });
            });
        });
        Definition elephant = new Definition("five-toed pachyderm", List.of("elephant"));
        assertTrue(parts.get(Part.TEST).contains(elephant));
        DataFiles.writeDefinitions(directory, parts);
        List<JsonNode> tests = rows(Part.TEST);
        assertEquals(parts.get(Part.TEST).size(), tests.size());
        for (int i = 0; i < tests.size(); i++) {
            Definition definition = parts.get(Part.TEST).get(i);
            assertEquals(definition.text(), tests.get(i).get("source").textValue());
            assertEquals(definition.words().get(0), tests.get(i).get("target").textValue());
            assertEquals(
                    definition.words(),
                    new ObjectMapper().convertValue(tests.get(i).get("words"), List.class));
        }
        assertEquals(
                parts.get(Part.TRAIN).stream()
                        .mapToInt(definition -> definition.words().size())
                        .sum(),
                rows(Part.TRAIN).size());
    }

    @Test
    void anyWordOfADefinitionIsRight() throws IOException {
        Path file = directory.resolve("test.jsonl");
        Files.writeString(file, "{\"source\":\"a\",\"target\":\"b\",\"words\":[\"b\",\"c\"]}\n".repeat(4));
        List<WordAnswers.Question> questions = WordAnswers.questions(file);
        assertEquals(new WordAnswers.Question("a", Set.of("b", "c")), questions.get(3));
        List<String> late = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "b");
        List<List<String>> answers = List.of(List.of("c", "x"), late.subList(1, 11), late, List.of());
        assertEquals(new WordAnswers(0.25, 0.5), WordAnswers.of(questions, answers));
    }

    @Test
    void wordsOfEqualDefinitionsAreAllRight() {
        List<Synset> synsets = List.of(
                synset("noun 1", "a thing", "aaa", "New York", "Paris", "two words"),
                synset("noun 2", "a thing", "bbb"),
                synset("verb 3", "to act", "ccc"),
                synset("noun 4", "a name", "Paris"));
        Map<Part, List<Definition>> parts = new HashMap<>();
        // With some seed both words are in one part.
        for (long seed = 0; parts.isEmpty(); seed++) {
            if (DefinedWords.part(seed, "aaa") == DefinedWords.part(seed, "bbb")) {
                parts = DefinedWords.build(synsets, seed);
            }
        }
        assertEquals(1, size(parts));
        assertTrue(parts.values().stream()
                .anyMatch(list -> list.equals(List.of(new Definition("a thing", List.of("aaa", "bbb"))))));
    }

    private static Synset synset(String key, String definition, String... lemmas) {
        return new Synset(key, "noun.act", List.of(lemmas), definition, List.of(), List.of());
    }

    @Test
    void linesOfGlossesAreInOnePart() throws IOException {
        List<Synset> synsets = List.of(
                synset("noun 1", "a thing", "aaa"),
                new Synset("noun 2", "noun.act", List.of("b"), "a thing", List.of("he did it", "a thing"), List.of()));
        Map<Part, List<String>> parts = GlossTexts.build(synsets, 1);
        assertEquals(2, size(parts));
        DataFiles.writeLines(directory, parts);
        List<String> lines = new ArrayList<>();
        for (Part part : Part.values()) {
            lines.addAll(Files.readAllLines(directory.resolve(part.fileName() + ".txt")));
        }
        assertEquals(Set.of("a thing", "he did it"), Set.copyOf(lines));
    }

    @Test
    void heldOutTextsShareNoRunOfWordsWithTraining() {
        List<TextPair> pairs = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            // Twenty chapters tell the same story, in which the signs differ.
            String story =
                    i % 100 == 7 ? "And it came to pass in those days, that" + ",".repeat(i % 3) + " he went" : "t";
            pairs.add(new TextPair("chapter " + i / 20, "source " + i + " " + story, "target " + i));
        }
        Map<Part, List<TextPair>> parts = TextPair.split(3, pairs);
        assertEquals(parts, TextPair.split(3, pairs));
        assertTrue(size(parts) < 2_000 && size(parts) > 1_970, size(parts) + " pairs");
        Map<String, Part> places = new HashMap<>();
        parts.forEach((part, list) -> {
            assertTrue(list.size() > 100, part + " has " + list.size());
            for (TextPair pair : list) {
                List<String> keys = new ArrayList<>(pair.runs());
                keys.add(pair.group());
                for (String key : keys) {
                    Part earlier = places.putIfAbsent(key, part);
                    assertTrue(earlier == null || earlier == part, key + " is in two parts");
                }
            }
        });
        assertEquals(
                List.of("a b c d e f g h", "b c d e f g h i", "奉 至 仁 x1"),
                new TextPair("", "A, b c. d e f g h-i!", "奉至仁 X1").runs());
    }

    @Test
    void aSwordModuleHasVerses() throws IOException {
        for (String testament : List.of("ot", "nt")) {
            writeModule(
                    testament,
                    List.of(
                            "",
                            "<milestone type=\"x-importer\"/>",
                            "<div canonical=\"true\" osisID=\"Matt\" sID=\"g1\" type=\"book\"/> <title>A book</title>",
                            "<chapter n=\"1\" osisID=\"" + testament + ".1\" sID=\"Matt.1\"/> ",
                            "The <w lemma=\"strong:G0976\">book</w>,<note n=\"1\">a <b>note</b></note>of <q>¶ it</q> <note>x</note>. ",
                            "",
                            "<chapter n=\"2\" osisID=\"" + testament + ".2\" sID=\"Matt.2\"/> ",
                            "“It’s” <div canonical=\"true\" eID=\"g1\" osisID=\"Matt\" type=\"book\"/> a glossary",
                            "<div canonical=\"true\" osisID=\"Mark\" sID=\"g2\" type=\"book\"/>"));
        }
        Map<String, String> expected = new LinkedHashMap<>();
        for (String testament : List.of("ot", "nt")) {
            expected.put(testament + ".1.1", "The book, of it.");
            expected.put(testament + ".1.2", "");
            expected.put(testament + ".2.1", "“It’s”");
        }
        assertEquals(expected, SwordModule.verses(directory));
    }

    /** Writes entries in two blocks. */
    private void writeModule(String testament, List<String> entries) throws IOException {
        ByteArrayOutputStream blocks = new ByteArrayOutputStream();
        ByteBuffer places = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer index = ByteBuffer.allocate(10 * entries.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (int block = 0; block < 2; block++) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (String entry : block == 0 ? entries.subList(0, 5) : entries.subList(5, entries.size())) {
                byte[] bytes = entry.getBytes(StandardCharsets.UTF_8);
                index.putInt(block).putInt(text.size()).putShort((short) bytes.length);
                text.write(bytes);
            }
            ByteArrayOutputStream compressed = new ByteArrayOutputStream();
            try (DeflaterOutputStream deflater = new DeflaterOutputStream(compressed)) {
                text.writeTo(deflater);
            }
            places.putInt(blocks.size()).putInt(compressed.size()).putInt(text.size());
            compressed.writeTo(blocks);
        }
        Files.write(directory.resolve(testament + ".bzz"), blocks.toByteArray());
        Files.write(directory.resolve(testament + ".bzs"), places.array());
        Files.write(directory.resolve(testament + ".bzv"), index.array());
    }

    @Test
    void versesOfTwoBiblesArePairs() throws IOException {
        Map<String, String> old = new TreeMap<>();
        Map<String, String> modern = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            old.put("Gen." + i + ".1", "Thou canst not, it is of Judæa " + i);
            modern.put("Gen." + i + ".1", "‘You can’t,’ “it’s the priests’” " + i);
        }
        old.put("Gen.0.2", "Only old");
        modern.put("Gen.0.3", "Only modern");
        old.put("Gen.0.4", "Short");
        modern.put("Gen.0.4", "Very much longer");
        Map<Part, List<TextPair>> parts = VersePairs.build(old, modern, 1);
        assertEquals(200, size(parts));
        DataFiles.writePairs(directory, parts);
        Set<String> texts = new HashSet<>();
        for (Part part : Part.values()) {
            rows(part).forEach(row -> texts.add(row.toString()));
        }
        assertEquals(200, texts.size());
        assertTrue(texts.contains(
                "{\"source\":\"thou canst not, it is of judaea 7\",\"target\":\"you can't, it's the priests' 7\"}"));
    }

    @Test
    void chineseVersesHaveEnglishTranslations() {
        String chapter = "[{\"id\":2,\"verses\":[{\"id\":1,\"text\":\"-\",\"translation\":\"%s\"},"
                + "{\"id\":2,\"text\":\"-\",\"translation\":\"%s\"}]}]";
        Map<Part, List<TextPair>> parts = ChineseVerses.build(
                String.format(chapter, "奉至仁", "长".repeat(ChineseVerses.LONGEST + 1)),
                String.format(chapter, "In [the] Name,", "long"),
                1);
        assertEquals(1, size(parts));
        assertTrue(parts.values().stream()
                .anyMatch(list -> list.equals(List.of(new TextPair("2.1", "奉至仁", "in the name,")))));
    }

    @Test
    @Tag("real-runs")
    void thePublishedPackagesHaveTheirSizes() throws IOException {
        List<Integer> sizes = new ArrayList<>();
        for (DataSet data :
                List.of(DataSet.GLOSS_TEXTS, DataSet.DEFINED_WORDS, DataSet.VERSES, DataSet.CHINESE_VERSES)) {
            for (Part part : Part.values()) {
                sizes.add(Files.readAllLines(data.file(part)).size());
            }
        }
        assertEquals(
                List.of(132_266, 16_369, 16_702, 42_266, 3_136, 3_170, 22_798, 2_939, 2_785, 3_452, 465, 590), sizes);
    }
}
