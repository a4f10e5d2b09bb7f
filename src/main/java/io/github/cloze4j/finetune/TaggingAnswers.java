package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.AverageScore;
import io.github.cloze4j.finetune.metrics.ConfusionMatrix;
import io.github.cloze4j.finetune.metrics.EntityScores;
import io.github.cloze4j.inference.TaggedWord;
import io.github.cloze4j.inference.tags.TagScheme;
import io.github.cloze4j.train.ResultTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tags of the words of sentences. {@link #count} counts sentences. Metrics are {@code accuracy} of words and, if the tags are IOB2,
 * {@code entity_f1_lenient} and {@code entity_f1_strict} with their precision and recall ({@link EntityScores}), else {@code
 * macro_f1} over the tags that occur. Immutable.
 */
public final class TaggingAnswers implements HeldOutAnswers {
    private static final String ACCURACY = "accuracy";
    private static final String MACRO_F1 = "macro_f1";
    private static final List<String> ENTITY_METRICS = List.of("entity_f1_", "entity_precision_", "entity_recall_");
    private static final List<String> MODES = List.of("lenient", "strict");

    private final List<String> labels;
    /** {@code [sentences][words]} */
    private final int[][] gold;

    private final int[][] predicted;
    /** {@code [sentences][words]} the probabilities of the predicted tags */
    private final double[][] confidence;

    private final @Nullable EntityScores lenient;
    private final @Nullable EntityScores strict;

    private TaggingAnswers(
            List<String> labels, List<List<String>> gold, List<List<String>> predicted, double[][] confidence) {
        this.labels = labels;
        this.confidence = confidence;
        Map<String, Integer> ids = new HashMap<>();
        labels.forEach(label -> ids.put(label, ids.size()));
        this.gold = ids(gold, ids);
        this.predicted = ids(predicted, ids);
        boolean entities = marksEntities(labels);
        lenient = entities ? EntityScores.lenient(gold, predicted) : null;
        strict = entities ? EntityScores.strict(gold, predicted, TagScheme.IOB2) : null;
    }

    /**
     * Tags of a model beside the right ones.
     *
     * @param labels all tags
     * @param gold for each sentence the right tag of each word, at least one
     * @param tagged the same words with the model's tags
     */
    static TaggingAnswers of(List<String> labels, List<List<String>> gold, List<List<TaggedWord>> tagged) {
        return new TaggingAnswers(
                labels,
                gold,
                tagged.stream()
                        .map(words -> words.stream().map(TaggedWord::tag).toList())
                        .toList(),
                tagged.stream()
                        .map(words -> words.stream()
                                .mapToDouble(TaggedWord::probability)
                                .toArray())
                        .toArray(double[][]::new));
    }

    /**
     * The same tag for all words.
     *
     * @param labels all tags
     * @param gold for each sentence the right tag of each word, at least one
     */
    static TaggingAnswers ofTag(List<String> labels, List<List<String>> gold, String tag) {
        return new TaggingAnswers(
                labels,
                gold,
                gold.stream().map(tags -> Collections.nCopies(tags.size(), tag)).toList(),
                gold.stream().map(tags -> ones(tags.size())).toArray(double[][]::new));
    }

    private static double[] ones(int count) {
        return IntStream.range(0, count).mapToDouble(i -> 1).toArray();
    }

    private static int[][] ids(List<List<String>> tags, Map<String, Integer> ids) {
        return tags.stream()
                .map(sentence -> sentence.stream().mapToInt(ids::get).toArray())
                .toArray(int[][]::new);
    }

    private static boolean marksEntities(List<String> labels) {
        return TagScheme.IOB2.marksSpans(labels);
    }

    /** The names of the metrics of answers with these tags. */
    static List<String> metrics(List<String> labels) {
        Stream<String> ofEntities =
                MODES.stream().flatMap(mode -> ENTITY_METRICS.stream().map(metric -> metric + mode));
        return Stream.concat(Stream.of(ACCURACY), marksEntities(labels) ? ofEntities : Stream.of(MACRO_F1))
                .toList();
    }

    @Override
    public int count() {
        return gold.length;
    }

    /** How often each tag was answered with each tag. */
    public ConfusionMatrix confusion() {
        return confusion(IntStream.range(0, count()).toArray());
    }

    private ConfusionMatrix confusion(int[] sentences) {
        return ConfusionMatrix.of(words(gold, sentences), words(predicted, sentences), labels.size());
    }

    /** Describes a word for people. */
    @FunctionalInterface
    interface Description {
        String of(int sentence, int word);
    }

    /** Tables of tags, and of types of entities if the tags mark some. */
    List<ResultTable> tables(Description description) {
        int[] all = IntStream.range(0, count()).toArray();
        int[] sentences = Arrays.stream(all)
                .flatMap(sentence -> IntStream.generate(() -> sentence).limit(gold[sentence].length))
                .toArray();
        int[] words = Arrays.stream(all)
                .flatMap(sentence -> IntStream.range(0, gold[sentence].length))
                .toArray();
        List<ResultTable> tables = new ArrayList<>();
        if (strict != null) {
            tables.add(ClassTables.classes(
                    "Entities, " + strict.mode(),
                    "type",
                    strict.types(),
                    strict.scores().perClass()));
        }
        tables.addAll(ClassTables.of(
                labels,
                words(gold, all),
                words(predicted, all),
                Arrays.stream(confidence).flatMapToDouble(Arrays::stream).toArray(),
                word -> description.of(sentences[word], words[word])));
        return tables;
    }

    private static int[] words(int[][] tags, int[] sentences) {
        return Arrays.stream(sentences)
                .flatMap(sentence -> Arrays.stream(tags[sentence]))
                .toArray();
    }

    @Override
    public Map<String, Double> metrics(int[] which) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        ConfusionMatrix confusion = confusion(which);
        metrics.put(ACCURACY, confusion.accuracy());
        if (lenient == null || strict == null) {
            metrics.put(MACRO_F1, confusion.scores().macro().f1());
        } else {
            add(metrics, MODES.get(0), lenient.scores(which).micro());
            add(metrics, MODES.get(1), strict.scores(which).micro());
        }
        return metrics;
    }

    private static void add(Map<String, Double> metrics, String mode, AverageScore scores) {
        List<Double> values = List.of(scores.f1(), scores.precision(), scores.recall());
        for (int i = 0; i < values.size(); i++) {
            metrics.put(ENTITY_METRICS.get(i) + mode, values.get(i));
        }
    }
}
