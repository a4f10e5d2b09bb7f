package io.github.cloze4j.cli;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.PlainTextReader;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.inference.LabelWords;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Labels and short texts that an option names: a list, or a file with one a line. */
final class LabelsOption {
    /** A comma, or the comma of Chinese text. */
    private static final String COMMA = "[,，]";

    /** Far more than anybody writes by hand, far less than a corpus that was named by mistake. */
    private static final int MOST_LINES = 10_000;

    private LabelsOption() {}

    /**
     * The labels that a value names: those of a file, if there is one of that name, else those of a list.
     *
     * @throws IllegalArgumentException if the value is neither, or a label is blank
     * @throws CorpusException if the file cannot be read or a line of it is no label
     */
    static List<LabelWords> read(String value, TextReadingOptions reading) {
        Path file = OptionValues.existingFile(value);
        if (file != null) {
            return readFile(file, reading);
        }
        List<String> labels = split(value);
        if (labels.size() < 2) {
            throw new IllegalArgumentException("Expected --labels with a file, or with labels separated by commas."
                    + " Received: '" + value + "', which is neither a file nor a list. Check the path, or add a label");
        }
        return labels.stream().map(LabelWords::of).toList();
    }

    private static List<LabelWords> readFile(Path file, TextReadingOptions reading) {
        List<LabelWords> labels = new ArrayList<>();
        forEachLine(file, reading, (line, number) -> {
            String[] parts = line.split("\t", -1);
            try {
                if (parts.length > 2) {
                    throw new IllegalArgumentException("Expected a label, or a label, a tab and its words. Received: "
                            + (parts.length - 1) + " tabs. Separate words by commas");
                }
                String label = parts[0].strip();
                labels.add(parts.length == 1 ? LabelWords.of(label) : new LabelWords(label, split(parts[1])));
            } catch (IllegalArgumentException refused) {
                throw new CorpusException(file + ", line " + number + ": " + refused.getMessage(), refused);
            }
        });
        return labels;
    }

    /** The texts of a file, one a line; blank lines do not count. */
    static List<String> readTexts(Path file, TextReadingOptions reading) {
        List<String> texts = new ArrayList<>();
        forEachLine(file, reading, (line, number) -> texts.add(line));
        if (texts.isEmpty()) {
            throw new CorpusException(
                    file + ": Expected a text a line. Received: none. Add a text, or name another file");
        }
        return texts;
    }

    private static List<String> split(String list) {
        return Arrays.stream(list.split(COMMA, -1)).map(String::strip).toList();
    }

    /** Does something with a line and its number, from 1. */
    @FunctionalInterface
    private interface LineWork {
        void run(String line, int number);
    }

    private static void forEachLine(Path file, TextReadingOptions reading, LineWork work) {
        try (BufferedReader lines = new BufferedReader(PlainTextReader.ofRecords(file, reading.options()))) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (number > MOST_LINES) {
                    throw new CorpusException(file + ": Expected at most " + MOST_LINES
                            + " lines. Received: more. Name a file of labels or of neutral texts");
                }
                if (!line.isBlank()) {
                    work.run(line, number);
                }
            }
        } catch (IOException e) {
            throw new CorpusException(
                    "Expected readable text in " + file + ". Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }
}
