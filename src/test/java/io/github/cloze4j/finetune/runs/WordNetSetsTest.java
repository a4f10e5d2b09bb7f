package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.finetune.readers.QuestionData;
import io.github.cloze4j.finetune.readers.ReadOptions;
import io.github.cloze4j.finetune.readers.SpanPair;
import io.github.cloze4j.finetune.readers.SpanPairReader;
import io.github.cloze4j.finetune.readers.SquadReader;
import io.github.cloze4j.finetune.readers.TagNotation;
import io.github.cloze4j.finetune.readers.TaggedData;
import io.github.cloze4j.finetune.readers.TaggedWordsReader;
import io.github.cloze4j.finetune.readers.TextReader;
import io.github.cloze4j.finetune.runs.WordNet.Synset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets that are derived from WordNet: the readers read what is written, and nothing of one part is in another. */
class WordNetSetsTest {
    private static List<Synset> all = List.of();
    private static List<Synset> some = List.of();

    @TempDir
    Path directory;

    @BeforeAll
    static void read() {
        all = WordNet.synsets();
        some = new ArrayList<>(all.subList(0, 3_000));
        some.addAll(all.subList(85_000, 88_000));
        some.addAll(all.subList(100_000, 103_000));
    }

    /** Reads all parts, and checks that what {@code keys} yields of a part is in no other part. */
    private static <T> List<T> readApart(
            Function<Part, List<T>> read, Function<T, ? extends Iterable<String>> keys, int fewest) {
        List<T> records = new ArrayList<>();
        Map<String, Part> parts = new HashMap<>();
        for (Part part : Part.values()) {
            List<T> itsRecords = read.apply(part);
            assertTrue(itsRecords.size() >= fewest, part + " has " + itsRecords.size());
            for (T record : itsRecords) {
                for (String key : keys.apply(record)) {
                    Part earlier = parts.putIfAbsent(key, part);
                    assertTrue(earlier == null || earlier == part, key + " is in " + earlier + " and in " + part);
                }
            }
            records.addAll(itsRecords);
        }
        return records;
    }

    /** Writes with one seed twice and with another one. */
    private void assertOnlyTheSeedDecides(String file, BiConsumer<Path, Long> write) throws IOException {
        write.accept(directory.resolve("again"), 1L);
        write.accept(directory.resolve("other"), 2L);
        byte[] one = Files.readAllBytes(directory.resolve(file));
        assertArrayEquals(one, Files.readAllBytes(directory.resolve("again").resolve(file)));
        assertFalse(
                Arrays.equals(one, Files.readAllBytes(directory.resolve("other").resolve(file))));
    }

    @Test
    void wordNetHasItsPublishedSize() {
        assertEquals(117_791, all.size());
        assertEquals(45, all.stream().map(Synset::lexicographerFile).distinct().count());
        assertEquals(
                89_172,
                all.stream()
                        .flatMap(synset -> synset.pointers().stream())
                        .filter(pointer -> pointer.symbol().equals("@"))
                        .count());
    }

    @Test
    void aLineOfADataFileIsASynset() {
        Synset synset = WordNet.synset(
                "adj",
                "00598039 00 s 02 galore(ip) 0 well_off 4 002 & 02114674 a 0000 + 05993469 n 0201 | of states; more; "
                        + "\"I know  it\"; \"we do\" - A. Author");
        assertEquals("adj 00598039", synset.key());
        assertEquals("adj.all", synset.lexicographerFile());
        assertEquals(List.of("galore", "well off"), synset.lemmas());
        assertEquals("of states; more", synset.definition());
        assertEquals(List.of("I know it", "we do"), synset.examples());
        assertEquals(
                List.of(new WordNet.Pointer("&", "adj 02114674"), new WordNet.Pointer("+", "noun 05993469")),
                synset.pointers());
    }

    @Test
    void definitionsHaveClasses() throws IOException {
        BiConsumer<Path, Long> write = (path, seed) -> DataFiles.writeCsv(path, GlossClasses.build(some, seed));
        write.accept(directory, 1L);
        TextReader reader = new TextReader("text", null, ReadOptions.DEFAULT);
        List<Labelled<InputText, String>> texts = readApart(
                part -> reader.classes(directory.resolve(part.fileName() + ".csv"), "label"),
                text -> List.of(text.input().text()),
                700);
        Set<String> expected = new HashSet<>();
        some.forEach(synset -> expected.add(synset.lexicographerFile() + " " + synset.definition()));
        assertEquals(expected.size(), texts.size());
        texts.forEach(text ->
                assertTrue(expected.contains(text.label() + " " + text.input().text())));
        assertOnlyTheSeedDecides("test.csv", write);
    }

    @Test
    void lemmasOfExamplesHaveSupersenses() throws IOException {
        BiConsumer<Path, Long> write = (path, seed) -> DataFiles.writeConll(path, SupersenseTags.build(some, seed));
        write.accept(directory, 1L);
        TaggedWordsReader reader = new TaggedWordsReader(ReadOptions.DEFAULT);
        List<List<String>> sentences = readApart(
                part -> {
                    TaggedData data = reader.read(directory.resolve(part.fileName() + ".conll"));
                    assertEquals(TagNotation.IOB2, data.notation());
                    assertEquals(0, data.changedTags());
                    return data.sentences().stream()
                            .map(sentence -> {
                                List<String> keys = new ArrayList<>(List.of("sentence " + sentence.text()));
                                keys.addAll(mentions(sentence.text().split(" "), sentence.tags()));
                                return keys;
                            })
                            .toList();
                },
                keys -> keys,
                100);
        assertTrue(sentences.stream().allMatch(keys -> keys.size() > 1), "a sentence without a tag");
        assertOnlyTheSeedDecides("test.conll", write);
    }

    private static List<String> mentions(String[] words, List<String> tags) {
        List<String> mentions = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            String word = words[i].toLowerCase(Locale.ROOT);
            if (tags.get(i).startsWith("B-")) {
                mentions.add("mention " + word);
            } else if (tags.get(i).startsWith("I-")) {
                mentions.set(mentions.size() - 1, mentions.get(mentions.size() - 1) + " " + word);
            }
        }
        return mentions;
    }

    @Test
    void definitionsAskForTheLemmaInExamples() throws IOException {
        BiConsumer<Path, Long> write =
                (path, seed) -> DataFiles.writeJson(path, GlossQuestions.build(some, seed, true));
        write.accept(directory, 1L);
        SquadReader reader = new SquadReader(ReadOptions.DEFAULT);
        List<Question> questions = readApart(
                part -> {
                    QuestionData data = reader.answered(directory.resolve(part.fileName() + ".json"));
                    assertEquals(0, data.movedAnswers());
                    return data.questions();
                },
                question -> {
                    List<String> keys = new ArrayList<>(List.of("q " + question.question(), "c " + question.context()));
                    question.answers()
                            .forEach(answer -> keys.add(
                                    "a " + answer.of(question.context()).toLowerCase(Locale.ROOT)));
                    return keys;
                },
                70);
        long unanswerable = questions.stream().filter(Question::unanswerable).count();
        assertTrue(unanswerable > questions.size() / 5, unanswerable + " of " + questions.size());
        assertOnlyTheSeedDecides("test.json", write);
    }

    @Test
    void withoutUnanswerableQuestionsTheFormIsSquad1() {
        DataFiles.writeJson(directory, GlossQuestions.build(some, 1, false));
        SquadReader reader = new SquadReader(ReadOptions.DEFAULT);
        for (Part part : Part.values()) {
            List<Question> questions = reader.answered(directory.resolve(part.fileName() + ".json"))
                    .questions();
            assertEquals(0, questions.size() % GlossQuestions.SYNSETS);
            assertTrue(questions.stream().noneMatch(Question::unanswerable));
        }
    }

    @Test
    void twoWordsHaveARelation() throws IOException {
        BiConsumer<Path, Long> write = (path, seed) -> DataFiles.writeCsv(path, WordRelations.build(some, seed));
        write.accept(directory, 1L);
        SpanPairReader reader = new SpanPairReader("text", null, ReadOptions.DEFAULT);
        List<Labelled<SpanPair, String>> pairs = readApart(
                part -> reader.relations(directory.resolve(part.fileName() + ".csv"), "label"),
                pair -> {
                    String text = pair.input().text();
                    return List.of(
                            "head " + pair.input().first().of(text).toLowerCase(Locale.ROOT),
                            "word " + pair.input().second().of(text).toLowerCase(Locale.ROOT));
                },
                50);
        assertTrue(pairs.stream().map(Labelled::label).distinct().count() > 7);
        for (Labelled<SpanPair, String> pair : pairs) {
            assertEquals(0, pair.input().first().start());
            assertTrue(pair.input().text().startsWith(": ", pair.input().first().end()));
        }
        assertOnlyTheSeedDecides("test.csv", write);
    }
}
