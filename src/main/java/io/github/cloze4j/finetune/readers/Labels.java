package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.corpus.records.TextLines;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The labels of a task and their numbers, from 0. */
public final class Labels {
    /** The most labels that a message lists. */
    private static final int LISTED = 10;

    private static final Pattern INTEGER = Pattern.compile("0|-?[1-9]\\d{0,17}");

    private final List<String> names;
    private final Map<String, Integer> ids = new HashMap<>();

    private Labels(List<String> names) {
        this.names = List.copyOf(names);
        names.forEach(name -> ids.put(name, ids.size()));
    }

    /**
     * The labels of data, sorted as {@code run_glue.py} of {@code transformers} sorts them: by value if all are integers, else by
     * code point.
     *
     * @param labels at least one label, in any order and number
     */
    public static Labels of(Collection<String> labels) {
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("Expected at least one label. Received: none. Add labelled records");
        }
        boolean integers =
                labels.stream().allMatch(label -> INTEGER.matcher(label).matches());
        TreeSet<String> sorted = new TreeSet<>(integers ? Comparator.comparing(Long::parseLong) : Labels::compare);
        sorted.addAll(labels);
        return new Labels(List.copyOf(sorted));
    }

    /**
     * The labels in an order of one's own, such as those of a model.
     *
     * @throws IllegalArgumentException if there are none, or one twice
     */
    public static Labels inOrder(List<String> labels) {
        Labels made = new Labels(labels);
        if (labels.isEmpty() || made.ids.size() < labels.size()) {
            throw new IllegalArgumentException(
                    "Expected labels that differ. Received: " + labels + ". Name each label once");
        }
        return made;
    }

    /**
     * Reads labels from a file, one a line, in the order of the file. Blank lines and blanks around a label do not count.
     *
     * @throws CorpusException if the file cannot be read, holds no label or one twice
     */
    public static Labels read(Path file, ReadOptions options) {
        return RecordText.read(file, options, text -> read(text));
    }

    private static Labels read(RecordText text) throws IOException {
        Map<String, SourceLine> found = new LinkedHashMap<>();
        TextLines lines = text.lines();
        for (String line = lines.next(); line != null; line = lines.next()) {
            String label = line.strip();
            SourceLine earlier = label.isEmpty() ? null : found.putIfAbsent(label, lines.source());
            if (earlier != null) {
                throw lines.source()
                        .problem(
                                "a label that is new",
                                StrictJson.quoted(label) + ", which line " + earlier.line() + " has too",
                                "Remove one of them");
            }
        }
        if (found.isEmpty()) {
            throw new CorpusException(
                    text.name() + ": Expected a label a line. Received: none. Add labels, or name another file");
        }
        return new Labels(new ArrayList<>(found.keySet()));
    }

    /** The labels by their numbers. */
    public List<String> names() {
        return names;
    }

    /** The number of labels. */
    public int size() {
        return names.size();
    }

    /**
     * The number of a label.
     *
     * @param source the record that has the label
     * @throws CorpusException if the label is none of these
     */
    public int id(String label, SourceLine source) {
        Integer id = ids.get(label);
        if (id == null) {
            throw source.problem(
                    "one of the " + names.size() + " labels of the model, " + listed(),
                    StrictJson.quoted(label),
                    "Correct the label, or add records with it to the training data");
        }
        return id;
    }

    private String listed() {
        String first = NamedFields.quoted(names.subList(0, Math.min(LISTED, names.size())));
        return names.size() > LISTED ? first + " and " + (names.size() - LISTED) + " more" : first;
    }

    /** Python's order of strings, which {@code String.compareTo} does not have beyond U+FFFF. */
    private static int compare(String left, String right) {
        int[] a = left.codePoints().toArray();
        int[] b = right.codePoints().toArray();
        return Arrays.compare(a, b);
    }
}
