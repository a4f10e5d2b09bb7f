package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.AverageScore;
import io.github.cloze4j.finetune.metrics.ConfusionMatrix;
import io.github.cloze4j.finetune.metrics.EntityScores;
import io.github.cloze4j.inference.tags.TagScheme;
import java.util.Arrays;
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

    private final int classes;
    /** {@code [sentences][words]} */
    private final int[][] gold;

    private final int[][] predicted;
    private final @Nullable EntityScores lenient;
    private final @Nullable EntityScores strict;

    /**
     * Tags beside the right ones.
     *
     * @param labels all tags
     * @param gold for each sentence the right tag of each word, at least one
     * @param predicted the model's tags, in the same form
     */
    TaggingAnswers(List<String> labels, List<List<String>> gold, List<List<String>> predicted) {
        classes = labels.size();
        Map<String, Integer> ids = new HashMap<>();
        labels.forEach(label -> ids.put(label, ids.size()));
        this.gold = ids(gold, ids);
        this.predicted = ids(predicted, ids);
        boolean entities = marksEntities(labels);
        lenient = entities ? EntityScores.lenient(gold, predicted) : null;
        strict = entities ? EntityScores.strict(gold, predicted, TagScheme.IOB2) : null;
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
        return ConfusionMatrix.of(words(gold, sentences), words(predicted, sentences), classes);
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
