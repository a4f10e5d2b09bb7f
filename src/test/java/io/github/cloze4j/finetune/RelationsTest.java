package io.github.cloze4j.finetune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.Span;
import io.github.cloze4j.finetune.readers.SpanPair;
import io.github.cloze4j.inference.MarkedText;
import io.github.cloze4j.inference.RelationClassifier;
import io.github.cloze4j.inference.RelationEncoder;
import io.github.cloze4j.inference.TextSpan;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.pretrained.huggingface.VocabularyExtension;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.train.Evaluation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Relation classifiers, from texts with two marked spans to a directory that answers. */
class RelationsTest {
    private static final BertTokenizer TOKENIZER = VocabularyExtension.ofMarkers(
                    new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased()), RelationEncoder.MARKERS)
            .tokenizer();
    private static final TokenLimit LIMIT = TokenLimit.cut(TinyRuns.SEQ_LEN);
    private static final Labels LABELS = Labels.inOrder(List.of("chased-by", "chases"));
    private static final List<String> WORDS = List.of("the", "quick", "brown", "over", "lazy", "not", ",");

    @TempDir
    private Path directory;

    /**
     * Two animals among random words. From the markers the model learns which of both chases: the fox, whichever stands or is marked
     * first. From {@code [CLS]} one layer cannot tell that, and learns what the second animal is.
     */
    private static List<Labelled<SpanPair, String>> pairs(TaskKind kind, int count, long seed) {
        boolean markers = kind == TaskKind.RELATIONS;
        Random random = new Random(seed);
        List<Labelled<SpanPair, String>> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean dogSecond = random.nextBoolean();
            StringBuilder text = words(random, new StringBuilder());
            Span left = add(text, markers && !dogSecond ? "dog" : "fox");
            words(random, text);
            Span right = add(text, dogSecond ? "dog" : "fox");
            words(random, text);
            boolean inOrder = !markers || random.nextBoolean();
            SpanPair pair = new SpanPair(
                    text.toString(), inOrder ? left : right, inOrder ? right : left, new SourceLine("toy", i + 1));
            pairs.add(new Labelled<>(pair, inOrder == dogSecond ? "chases" : "chased-by"));
        }
        return pairs;
    }

    private static StringBuilder words(Random random, StringBuilder text) {
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        return text;
    }

    private static Span add(StringBuilder text, String word) {
        text.append(word).append(' ');
        return new Span(text.length() - 1 - word.length(), text.length() - 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"RELATIONS", "RELATIONS_BY_CLS"})
    void relationsAreLearntAndTheirDirectoryAnswers(TaskKind kind) {
        RelationData data = new RelationData(kind, LABELS, TOKENIZER, LIMIT, pairs(kind, 300, 1), pairs(kind, 60, 2));
        assertEquals(0, data.longTraining().unfit());
        try (Bert model = TinyRuns.model(data, TOKENIZER)) {
            Evaluation evaluation = TinyRuns.train(model, data, TOKENIZER, 20);
            assertEquals(1.0, evaluation.metrics().get("accuracy"), evaluation.toString());
            assertEquals(data.metricGoals().keySet(), evaluation.metrics().keySet());
            assertEquals(0.0, data.baseline().metrics().get("mcc"));
            ModelDirectory.writeFineTuned(directory, model, data.head(), TOKENIZER, Map.of());
            List<MarkedText> texts = List.of(
                    new MarkedText("The Fox, not the Dog", new TextSpan(4, 7), new TextSpan(17, 20)),
                    kind == TaskKind.RELATIONS
                            ? new MarkedText("The Fox, not the Dog", new TextSpan(17, 20), new TextSpan(4, 7))
                            : new MarkedText("The Fox, not the Fox", new TextSpan(4, 7), new TextSpan(17, 20)));
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert read = stored.readFineTuned(TinyRuns.KERNELS);
                    RelationClassifier classifier = new RelationClassifier(
                            read, stored.tokenizer(), stored.taskHead().orElseThrow(), LIMIT);
                    RelationClassifier before = new RelationClassifier(model, TOKENIZER, data.head(), LIMIT)) {
                List<RelationClassifier.Answer> answers = classifier.classify(texts);
                assertEquals(before.classify(texts), answers);
                assertEquals(
                        List.of("chases", "chased-by"),
                        answers.stream()
                                .map(answer -> answer.answers().get(0).label())
                                .toList());
                assertFalse(answers.get(0).cut());
            }
        }
    }

    /** Texts are cut around their spans, and pairs that do not fit are counted, not lost: they are wrong answers. */
    @Test
    void pairsThatDoNotFitAreWrong() {
        String filler = "over ".repeat(30);
        SpanPair cut = new SpanPair(
                filler + "fox dog " + filler, new Span(150, 153), new Span(154, 157), new SourceLine("toy", 1));
        SpanPair unfit =
                new SpanPair("fox " + filler + "dog", new Span(0, 3), new Span(154, 157), new SourceLine("toy", 2));
        List<Labelled<SpanPair, String>> pairs =
                List.of(new Labelled<>(cut, "chases"), new Labelled<>(unfit, "chases"));
        RelationData data = new RelationData(TaskKind.RELATIONS, LABELS, TOKENIZER, LIMIT, pairs, pairs);
        assertEquals(
                "1 of 2 texts are cut around their spans, 1 do not fit",
                data.longValidation().toString());
        assertEquals(1, data.training().size());
        try (Bert model = TinyRuns.model(data, TOKENIZER)) {
            TinyRuns.train(model, data, TOKENIZER, 20);
            ClassAnswers answers =
                    (ClassAnswers) data.answers(model, () -> false).orElseThrow();
            assertEquals(2, answers.count());
            assertEquals(0.5, answers.metrics().get("accuracy"));
            assertEquals(LABELS.size(), answers.predicted()[1]);
        }
    }

    @Test
    void wrongSpansNameTheirLine() {
        SpanPair inside = new SpanPair("the quick fox", new Span(1, 3), new Span(10, 13), new SourceLine("toy", 9));
        CorpusException refused = assertThrows(CorpusException.class, () -> data(inside, "chases"));
        assertEquals(
                "toy, line 9: Expected spans that begin and end between pieces of words. Received: 'he', which cuts the"
                        + " piece 'the'. Correct the span",
                refused.getMessage());
        SpanPair outside = new SpanPair("the fox", new Span(0, 3), new Span(4, 8), new SourceLine("toy", 3));
        assertMessage("toy, line 3: Expected a span within the text of 7 chars", outside);
        SpanPair blank = new SpanPair("the   fox", new Span(0, 3), new Span(4, 5), new SourceLine("toy", 4));
        assertMessage("toy, line 4: Expected spans of at least one token", blank);
        SpanPair marker = new SpanPair("the [E1] fox", new Span(0, 3), new Span(9, 12), new SourceLine("toy", 5));
        assertMessage("toy, line 5: Expected a text without [E1]", marker);
        SpanPair right = new SpanPair("the fox", new Span(0, 3), new Span(4, 7), new SourceLine("toy", 6));
        CorpusException label = assertThrows(CorpusException.class, () -> data(right, "eats"));
        assertTrue(label.getMessage().startsWith("toy, line 6: Expected one of the 2 labels"), label.getMessage());
    }

    private static RelationData data(SpanPair pair, String label) {
        return new RelationData(
                TaskKind.RELATIONS, LABELS, TOKENIZER, LIMIT, List.of(new Labelled<>(pair, label)), List.of());
    }

    private static void assertMessage(String expected, SpanPair pair) {
        CorpusException refused = assertThrows(CorpusException.class, () -> data(pair, "chases"));
        assertTrue(refused.getMessage().startsWith(expected), refused.getMessage());
    }

    /** A marker between two pieces of a word is allowed: both parts keep their pieces. */
    @Test
    void bordersBetweenPiecesAreTaken() {
        SpanPair pieces = new SpanPair("jumped fox", new Span(0, 4), new Span(7, 10), new SourceLine("toy", 1));
        assertEquals(1, data(pieces, "chases").training().size());
    }

    @Test
    void aVocabularyWithoutMarkersIsRefused() {
        BertTokenizer plain = new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> new RelationEncoder(plain, LIMIT));
        assertTrue(refused.getMessage().contains("without [[E1], [/E1], [E2], [/E2]]"), refused.getMessage());
    }
}
