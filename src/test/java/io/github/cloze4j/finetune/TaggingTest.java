package io.github.cloze4j.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.Span;
import io.github.cloze4j.finetune.readers.TaggedWords;
import io.github.cloze4j.inference.EntityTagger;
import io.github.cloze4j.inference.TaggedSpan;
import io.github.cloze4j.inference.TaggedText;
import io.github.cloze4j.inference.TaggedWord;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.inference.WordScore;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.ResultTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Taggers, from tagged words to a directory that tags. */
class TaggingTest {
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
    private static final TokenLimit LIMIT = TokenLimit.windows(16, 6);
    private static final Labels ENTITIES = Labels.inOrder(List.of("B-ANIMAL", "I-ANIMAL", "O"));
    private static final List<String> WORDS = List.of("the", "quick", "jumped", "over", "not", "unwants", ",", "?");

    @TempDir
    private Path directory;

    private static TaggedWords sentence(List<String> words, List<String> tags, long line) {
        List<Span> places = new ArrayList<>();
        int start = 0;
        for (String word : words) {
            places.add(new Span(start, start + word.length()));
            start += word.length() + 1;
        }
        return new TaggedWords(String.join(" ", words), places, tags, new SourceLine("toy.conll", line));
    }

    /** Random words, among them names of animals: {@code fox} and {@code lazy dog}. Some sentences have windows. */
    private static List<TaggedWords> sentences(int count, long seed) {
        Random random = new Random(seed);
        List<TaggedWords> sentences = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> words = new ArrayList<>();
            List<String> tags = new ArrayList<>();
            for (int j = 1 + random.nextInt(14); j > 0; j--) {
                int kind = random.nextInt(6);
                if (kind == 0) {
                    words.add("fox");
                    tags.add("B-ANIMAL");
                } else if (kind == 1) {
                    words.addAll(List.of("lazy", "dog"));
                    tags.addAll(List.of("B-ANIMAL", "I-ANIMAL"));
                } else {
                    words.add(WORDS.get(random.nextInt(WORDS.size())));
                    tags.add("O");
                }
            }
            sentences.add(sentence(words, tags, i + 1));
        }
        return sentences;
    }

    @Test
    void aTaggerLearnsAndItsDirectoryTags() {
        TaggingData data = new TaggingData(ENTITIES, TOKENIZER, LIMIT, sentences(200, 1), sentences(60, 2));
        assertTrue(data.longValidation().windowed() > 0, "no sentence has windows");
        assertEquals(0, data.longValidation().cut());
        try (Bert model = TinyRuns.model(data, TOKENIZER)) {
            Evaluation evaluation = TinyRuns.train(model, data, TOKENIZER, 12);
            for (String metric : List.of("accuracy", "entity_f1_lenient", "entity_f1_strict", "entity_recall_strict")) {
                assertEquals(1.0, evaluation.metrics().get(metric), evaluation.toString());
            }
            assertEquals(data.metricGoals().keySet(), evaluation.metrics().keySet());
            assertEquals(0.0, data.baseline().metrics().get("entity_f1_lenient"));
            HeldOutAnswers answers = data.answers(model, () -> false).orElseThrow();
            assertEquals(1.0, answers.intervals(50, 1).get("entity_f1_strict").low());
            ModelDirectory.writeFineTuned(directory, model, data.head(), TOKENIZER, Map.of());
            List<String> texts = List.of("The  QUICK Fox,not the lazy dog?", "", "lazy dog ".repeat(30));
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert read = stored.readFineTuned(TinyRuns.KERNELS);
                    EntityTagger tagger = new EntityTagger(
                            read, stored.tokenizer(), stored.taskHead().orElseThrow(), LIMIT);
                    EntityTagger before = new EntityTagger(model, TOKENIZER, data.head(), LIMIT)) {
                List<TaggedText> tagged = tagger.tag(texts);
                assertEquals(before.tag(texts), tagged);
                requireSpans(tagged);
            }
        }
    }

    /** The report shows entities by type, tags, confusions, calibration, and errors as words in their sentences. */
    @Test
    void tablesShowEntitiesAndTags() {
        List<TaggedWords> held = List.of(
                sentence(List.of("over"), List.of("O"), 1),
                sentence(List.of("the", "fox"), List.of("O", "B-ANIMAL"), 2));
        TaggingData data = new TaggingData(ENTITIES, TOKENIZER, LIMIT, held, held);
        TaggingAnswers answers = data.scored(List.of(
                new TaggedText(List.of(new TaggedWord("over", 0, 4, "O", 0.75)), List.of(), 1),
                new TaggedText(
                        List.of(new TaggedWord("the", 0, 3, "O", 0.5), new TaggedWord("fox", 4, 7, "O", 0.25)),
                        List.of(),
                        1)));
        List<ResultTable> tables = data.tables(answers);
        assertEquals("Entities, strict IOB2", tables.get(0).title());
        assertEquals(
                List.of(List.of("ANIMAL", "0.000", "0.000", "0.000", "1", "0")),
                tables.get(0).rows());
        assertEquals(
                List.of("O", "0.667", "1.000", "0.800", "2", "3"),
                tables.get(1).rows().get(2));
        assertEquals(
                List.of(List.of("B-ANIMAL", "O", "0.250", "\"fox\" in: the fox")),
                tables.get(4).rows());
    }

    /** Spans are parts of the original text, and a text of many windows loses no word. */
    private static void requireSpans(List<TaggedText> tagged) {
        assertEquals(
                List.of("The", "QUICK", "Fox", ",", "not", "the", "lazy", "dog", "?"),
                tagged.get(0).words().stream().map(TaggedWord::text).toList());
        TaggedSpan fox = tagged.get(0).spans().get(0);
        assertEquals(List.of("Fox", "ANIMAL", 11, 14), List.of(fox.text(), fox.type(), fox.start(), fox.end()));
        TaggedSpan dog = tagged.get(0).spans().get(1);
        assertEquals(List.of("lazy dog", 23, 31), List.of(dog.text(), dog.start(), dog.end()));
        assertTrue(fox.probability() > 0.5 && fox.probability() <= 1, fox.toString());
        assertEquals(List.of(), tagged.get(1).words());
        assertEquals(60, tagged.get(2).words().size());
        assertEquals(30, tagged.get(2).spans().size());
        assertTrue(tagged.get(2).windows() > 5, tagged.get(2).windows() + " windows");
    }

    /** Parts of speech mark no spans: their score is the mean over tags. */
    @Test
    void tagsWithoutSpansHaveNoEntities() {
        Labels labels = Labels.inOrder(List.of("NN", "O"));
        List<TaggedWords> held = List.of(sentence(List.of("fox", "over"), List.of("NN", "O"), 1));
        TaggingData data = new TaggingData(labels, TOKENIZER, LIMIT, held, held);
        assertEquals(
                List.of("accuracy", "macro_f1"), List.copyOf(data.metricGoals().keySet()));
        try (Bert model = TinyRuns.model(data, TOKENIZER);
                EntityTagger tagger = new EntityTagger(model, TOKENIZER, data.head(), LIMIT, WordScore.AVERAGE)) {
            TaggedText tagged = tagger.tag(List.of("unwants fox")).get(0);
            assertEquals(List.of(), tagged.spans());
            assertEquals(2, tagged.words().size());
            double[] means = new double[2];
            int i = 0;
            for (WordScore score : List.of(WordScore.FIRST_PIECE, WordScore.MAXIMUM)) {
                try (EntityTagger other = new EntityTagger(model, TOKENIZER, data.head(), LIMIT, score)) {
                    means[i++] = other.tag(List.of("unwants fox"))
                            .get(0)
                            .words()
                            .get(1)
                            .probability();
                }
            }
            // A word of one piece has one score however pieces are combined.
            assertEquals(means[0], means[1]);
            assertEquals(means[0], tagged.words().get(1).probability());
        }
    }

    /** A word that is nothing but a control character has no token: no score counts it, and no word after it moves. */
    @Test
    void wordsOfWhichNothingRemainsAreCountedAndNotScored() {
        TaggedWords odd = sentence(List.of("fox", "\u0001", "over"), List.of("B-ANIMAL", "I-ANIMAL", "O"), 1);
        TaggedWords nothing = sentence(List.of("\u0001"), List.of("O"), 2);
        TaggingData data = new TaggingData(ENTITIES, TOKENIZER, LIMIT, List.of(odd), List.of(odd, nothing));
        assertEquals(1, data.unreadTraining());
        assertEquals(2, data.unreadValidation());
        try (Bert model = TinyRuns.model(data, TOKENIZER)) {
            TaggingAnswers answers =
                    (TaggingAnswers) data.answers(model, () -> false).orElseThrow();
            assertEquals(1, answers.count());
            assertEquals(2, answers.confusion().total());
        }
    }

    @Test
    void lostTagsEndTheRun() {
        List<TaggedWords> held = List.of(sentence(List.of("fox", "over"), List.of("B-ANIMAL", "O"), 1));
        TaggingData data = new TaggingData(ENTITIES, TOKENIZER, LIMIT, held, held);
        TaggedWord fox = new TaggedWord("fox", 0, 3, "B-ANIMAL", 1);
        TaggedWord over = new TaggedWord("over", 4, 8, "O", 1);
        assertEquals(
                1.0,
                data.scored(List.of(new TaggedText(List.of(fox, over), List.of(), 1)))
                        .metrics()
                        .get("accuracy"));
        Cloze4jException lost = assertThrows(
                Cloze4jException.class, () -> data.scored(List.of(new TaggedText(List.of(fox), List.of(), 1))));
        assertTrue(
                lost.getMessage()
                        .startsWith(
                                "Expected a tag for each of 2 words of the sentence at toy.conll, line 1. Received: 1."),
                lost.getMessage());
        assertThrows(Cloze4jException.class, () -> data.scored(List.of()));
    }

    @Test
    void aTagThatTrainingNeverSawNamesItsLine() {
        List<TaggedWords> training = List.of(sentence(List.of("fox"), List.of("B-ANIMAL"), 1));
        List<TaggedWords> heldOut = List.of(sentence(List.of("fox"), List.of("B-PLANT"), 7));
        CorpusException unknown = assertThrows(
                CorpusException.class, () -> new TaggingData(ENTITIES, TOKENIZER, LIMIT, training, heldOut));
        assertTrue(
                unknown.getMessage().startsWith("toy.conll, line 7: Expected one of the 3 labels of the model"),
                unknown.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> new TaggingData(ENTITIES, TOKENIZER, TokenLimit.cut(16), training, training));
    }
}
