package io.github.cloze4j.finetune.runs;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Accuracy of the gloss classes from 100, 1,000 and 10,000 labels: every start learns the same glosses for the same number of epochs. */
final class LabelCurve {
    /** Glosses of the test part that are scored. */
    private static final int TEST = 3_000;

    private LabelCurve() {}

    /**
     * A number of labels.
     *
     * @param labels how many training glosses
     * @param epochs the passes over them; few glosses are repeated more often
     */
    record Size(int labels, int epochs) {}

    /**
     * The accuracies of the seeds.
     *
     * @param start the name of the first weights
     * @param labels the number of training glosses
     */
    record Point(String start, int labels, List<Double> accuracies) {
        double mean() {
            return accuracies.stream().mapToDouble(x -> x).average().orElseThrow();
        }

        double lowest() {
            return accuracies.stream().mapToDouble(x -> x).min().orElseThrow();
        }

        double highest() {
            return accuracies.stream().mapToDouble(x -> x).max().orElseThrow();
        }
    }

    /** The accuracy of one fine-tuning on the first {@value #TEST} test glosses. */
    static double accuracy(String start, Path model, Size size, double learningRate, int seed)
            throws IOException, InterruptedException {
        String run = "curve-" + start + "-" + size.labels + "-" + seed;
        JsonNode result = CommandRun.finetune(
                run,
                "classification",
                model,
                List.of(
                        "--train",
                        training(size.labels).toString(),
                        "--validation-fraction",
                        "0",
                        "--test",
                        DataSet.GLOSS.first(Part.TEST, TEST).toString(),
                        "--labels",
                        labels().toString(),
                        "--epochs",
                        Integer.toString(size.epochs),
                        "--batch-size",
                        "16",
                        "--seq-len",
                        "64",
                        "--dropout",
                        "0.1",
                        "--lr",
                        Double.toString(learningRate),
                        "--seed",
                        Integer.toString(seed)));
        return result.at("/test_metrics/accuracy").asDouble();
    }

    /**
     * Some training glosses: the first of each of the 45 classes, because a class without a record is refused, then those that come first in the
     * file, which is in random order.
     */
    private static Path training(int count) throws IOException {
        Path whole = DataSet.GLOSS.file(Part.TRAIN);
        List<String> lines = Files.readAllLines(whole);
        Set<String> seen = new TreeSet<>();
        Set<Integer> chosen = new TreeSet<>();
        for (int i = 1; i < lines.size(); i++) {
            if (seen.add(label(lines.get(i)))) {
                chosen.add(i);
            }
        }
        for (int i = 1; i < lines.size() && chosen.size() < count; i++) {
            chosen.add(i);
        }
        List<String> some = new ArrayList<>(List.of(lines.get(0)));
        chosen.forEach(i -> some.add(lines.get(i)));
        Path file = whole.resolveSibling("labels-" + count + ".csv");
        DataSet.writeLines(file, some);
        return file;
    }

    private static Path labels() throws IOException {
        Path whole = DataSet.GLOSS.file(Part.TRAIN);
        Set<String> labels = new TreeSet<>();
        try (BufferedReader lines = Files.newBufferedReader(whole)) {
            lines.lines().skip(1).forEach(line -> labels.add(label(line)));
        }
        Path file = whole.resolveSibling("labels.txt");
        DataSet.writeLines(file, List.copyOf(labels));
        return file;
    }

    private static String label(String line) {
        return line.substring(line.lastIndexOf(',') + 1);
    }
}
