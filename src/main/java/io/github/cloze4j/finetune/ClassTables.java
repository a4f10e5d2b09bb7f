package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.Calibration;
import io.github.cloze4j.finetune.metrics.ClassScore;
import io.github.cloze4j.finetune.metrics.ConfusionMatrix;
import io.github.cloze4j.inference.Probabilities;
import io.github.cloze4j.train.ResultTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The tables of answers that are one class each: scores of classes, confusions, calibration and the worst errors. */
final class ClassTables {
    /** Classes up to which the whole confusion matrix is shown, not only its largest numbers. */
    private static final int SMALL_MATRIX = 20;

    private static final int MOST_CONFUSIONS = 30;
    private static final int MOST_ERRORS = 20;
    private static final int BINS = 10;
    private static final int LONGEST_TEXT = 300;

    private final List<String> labels;
    private final int[] gold;
    private final int[] predicted;
    private final double[] confidence;
    private final ConfusionMatrix matrix;

    private ClassTables(List<String> labels, int[] gold, int[] predicted, double[] confidence) {
        this.labels = labels;
        this.gold = gold;
        this.predicted = predicted;
        this.confidence = confidence;
        matrix = ConfusionMatrix.of(gold, predicted, labels.size());
    }

    /**
     * The tables.
     *
     * @param labels the names of the classes
     * @param answers of a model
     * @param text what was asked, by its number
     */
    static List<ResultTable> of(List<String> labels, ClassAnswers answers, IntFunction<String> text) {
        double[][] probabilities =
                Arrays.stream(answers.scores()).map(Probabilities::softmax).toArray(double[][]::new);
        int[] predicted = answers.predicted();
        double[] confidence = IntStream.range(0, predicted.length)
                .mapToDouble(answer -> probabilities[answer][predicted[answer]])
                .toArray();
        return of(labels, answers.gold(), predicted, confidence, text);
    }

    /**
     * The tables.
     *
     * @param labels the names of the classes
     * @param gold {@code [answers]} the right classes
     * @param predicted {@code [answers]} the classes that a model gives
     * @param confidence {@code [answers]} the probabilities of these classes
     * @param text what was asked, by its number
     */
    static List<ResultTable> of(
            List<String> labels, int[] gold, int[] predicted, double[] confidence, IntFunction<String> text) {
        ClassTables tables = new ClassTables(labels, gold, predicted, confidence);
        return List.of(tables.classes(), tables.confusions(), tables.calibration(), tables.errors(text));
    }

    private ResultTable classes() {
        return classes("Classes", "class", labels, matrix.scores().perClass());
    }

    /** A table of the scores of classes. */
    static ResultTable classes(String title, String kind, List<String> names, List<ClassScore> scores) {
        return new ResultTable(
                title,
                List.of(kind, "precision", "recall", "F1", "right answers", "answered"),
                IntStream.range(0, names.size())
                        .mapToObj(label -> row(names.get(label), scores.get(label)))
                        .toList());
    }

    private static List<String> row(String name, ClassScore score) {
        return List.of(
                name,
                share(score.precision()),
                share(score.recall()),
                share(score.f1()),
                Long.toString(score.gold()),
                Long.toString(score.predicted()));
    }

    private ResultTable confusions() {
        return labels.size() <= SMALL_MATRIX ? whole() : largest();
    }

    private ResultTable whole() {
        List<String> columns = new ArrayList<>(List.of("right \u2193 answered \u2192"));
        columns.addAll(labels);
        List<List<String>> rows = new ArrayList<>();
        for (int right = 0; right < labels.size(); right++) {
            List<String> row = new ArrayList<>(List.of(labels.get(right)));
            for (int answered = 0; answered < labels.size(); answered++) {
                row.add(Long.toString(matrix.count(right, answered)));
            }
            rows.add(row);
        }
        return new ResultTable("Confusion matrix", columns, rows);
    }

    private record Confusion(int gold, int answered) {}

    private ResultTable largest() {
        Map<Confusion, Long> counts = IntStream.range(0, predicted.length)
                .filter(answer -> !isRight(answer))
                .mapToObj(answer -> new Confusion(gold[answer], predicted[answer]))
                .collect(Collectors.groupingBy(confusion -> confusion, Collectors.counting()));
        return new ResultTable(
                "Most frequent confusions",
                List.of("right", "answered", "how often"),
                counts.entrySet().stream()
                        .sorted(Map.Entry.<Confusion, Long>comparingByValue()
                                .reversed()
                                .thenComparing(entry -> entry.getKey().gold())
                                .thenComparing(entry -> entry.getKey().answered()))
                        .limit(MOST_CONFUSIONS)
                        .map(entry -> List.of(
                                labels.get(entry.getKey().gold()),
                                labels.get(entry.getKey().answered()),
                                entry.getValue().toString()))
                        .toList());
    }

    private boolean isRight(int answer) {
        return predicted[answer] == gold[answer];
    }

    private ResultTable calibration() {
        boolean[] right = new boolean[predicted.length];
        for (int answer = 0; answer < right.length; answer++) {
            right[answer] = isRight(answer);
        }
        Calibration calibration = Calibration.of(confidence, right, BINS);
        return new ResultTable(
                "Calibration: expected error " + share(calibration.error()),
                List.of("probability of the answer", "answers", "mean probability", "share that is right"),
                calibration.bins().stream()
                        .map(bin -> List.of(
                                String.format(Locale.ROOT, "%.1f to %.1f", bin.from(), bin.to()),
                                Integer.toString(bin.rows()),
                                share(bin.confidence()),
                                share(bin.accuracy())))
                        .toList());
    }

    private ResultTable errors(IntFunction<String> text) {
        return new ResultTable(
                "Worst errors: wrong answers of which the model is surest",
                List.of("right", "answered", "probability", "text"),
                IntStream.range(0, predicted.length)
                        .filter(answer -> !isRight(answer))
                        .boxed()
                        .sorted(Comparator.comparingDouble(answer -> -confidence[answer]))
                        .limit(MOST_ERRORS)
                        .map(answer -> List.of(
                                labels.get(gold[answer]),
                                labels.get(predicted[answer]),
                                share(confidence[answer]),
                                shortened(text.apply(answer))))
                        .toList());
    }

    /** The beginning of a long text. */
    static String shortened(String text) {
        return text.codePointCount(0, text.length()) <= LONGEST_TEXT
                ? text
                : text.substring(0, text.offsetByCodePoints(0, LONGEST_TEXT)) + "\u2026";
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.3f", share);
    }
}
