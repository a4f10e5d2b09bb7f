package io.github.cloze4j.finetune;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.files.BoundedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Weights of classes in the loss. */
public final class ClassWeights {
    /** Thousands of times what all labels take. */
    private static final int MAXIMUM_BYTES = 1 << 24;

    private ClassWeights() {}

    /**
     * Weights with which all classes count the same: {@code examples / (classes · examples of the class)}, as scikit-learn's
     * {@code balanced}. Their mean over the examples is 1, so that the size of the loss stays.
     *
     * @throws CorpusException if a class has no example
     */
    public static List<Double> balanced(List<LabelledTokens> examples, List<String> classes) {
        long[] counts = new long[classes.size()];
        long all = 0;
        for (LabelledTokens example : examples) {
            for (int label : example.targets().labels()) {
                counts[label]++;
                all++;
            }
        }
        List<Double> weights = new ArrayList<>();
        for (int label = 0; label < counts.length; label++) {
            if (counts[label] == 0) {
                throw new CorpusException("Expected examples of each class for balanced weights. Received: none of "
                        + classes.get(label) + ". Add some, or give the weights in a file");
            }
            weights.add((double) all / ((double) counts.length * counts[label]));
        }
        return weights;
    }

    /**
     * Reads weights, a label, a tab and a weight a line.
     *
     * @param classes the labels, each of which must have a weight
     * @throws CorpusException if the file cannot be read, lacks a label or has another one
     */
    public static List<Double> read(Path file, List<String> classes) {
        Double[] weights = new Double[classes.size()];
        long number = 0;
        for (String line : text(file).lines().toList()) {
            SourceLine source = new SourceLine(file.toString(), ++number);
            if (!line.isBlank()) {
                int tab = line.lastIndexOf('\t');
                String label = tab < 0 ? line.strip() : line.substring(0, tab).strip();
                int id = classes.indexOf(label);
                if (tab < 0 || id < 0 || weights[id] != null) {
                    throw source.problem(
                            "a label of the data that is new, a tab and a weight", line, "Correct the line");
                }
                weights[id] = weight(line.substring(tab + 1).strip(), source);
            }
        }
        for (int id = 0; id < weights.length; id++) {
            if (weights[id] == null) {
                throw new CorpusException(file + ": Expected a weight for each label. Received: none for "
                        + classes.get(id) + ". Add a line for it");
            }
        }
        return List.of(weights);
    }

    private static Double weight(String text, SourceLine source) {
        @Nullable Double weight;
        try {
            weight = Double.valueOf(text);
        } catch (NumberFormatException no) {
            weight = null;
        }
        if (weight == null || !(weight >= 0) || weight.isInfinite()) {
            throw source.problem("a weight of at least 0", text, "Correct the line");
        }
        return weight;
    }

    private static String text(Path file) {
        try {
            return BoundedFiles.readText(file, MAXIMUM_BYTES);
        } catch (IOException e) {
            throw new CorpusException(
                    file + ": Expected a file of weights in UTF-8. Received: " + BoundedFiles.describe(e)
                            + ". Check the path",
                    e);
        }
    }
}
