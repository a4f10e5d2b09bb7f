package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.Packing;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A format of labelled data. */
public enum DataFormat {
    /** A table with a header, commas between fields, and double quotes around fields that hold commas, quotes or line breaks. */
    CSV("csv", "csv"),

    /** A table with a header and tabs between fields, quoted as in {@link #CSV}. */
    TSV("tsv", "tsv tab"),

    /** A table with a header and tabs between fields, in which quotes are characters like all others, as in the files of GLUE. */
    TSV_UNQUOTED("tsv-unquoted", ""),

    /** A JSON object a line. */
    JSON_LINES("jsonl", "jsonl ndjson"),

    /** A word a line with its tag in the last column, a blank line after each sentence. */
    CONLL("conll", "conll iob bio"),

    /** Questions, contexts and answers in the JSON of SQuAD 1.1 and 2.0, which CMRC 2018 and DRCD have too. */
    SQUAD("squad", "json"),

    /** A text a line, without labels. */
    TEXT("text", "txt");

    private final String label;
    private final String extensions;

    DataFormat(String label, String extensions) {
        this.label = label;
        this.extensions = extensions;
    }

    private List<String> extensions() {
        return extensions.isEmpty() ? List.of() : List.of(extensions.split(" "));
    }

    /** The format of a name such as {@code jsonl}; {@link IllegalArgumentException} if no format has the name. */
    public static DataFormat named(String name) {
        return Arrays.stream(values())
                .filter(format -> format.label.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "Expected one of the formats " + names() + ". Received: " + name + ". Name one of them"));
    }

    /**
     * The format of a file by the extension of its name, without regard to {@code .gz}, {@code .zst} and case.
     *
     * @throws CorpusException if no format has the extension
     */
    public static DataFormat of(Path file) {
        String unpacked =
                Packing.unpackedName(String.valueOf(file.getFileName())).toLowerCase(Locale.ROOT);
        String extension = unpacked.substring(unpacked.lastIndexOf('.') + 1);
        for (DataFormat format : values()) {
            if (format.extensions().contains(extension) && unpacked.contains(".")) {
                return format;
            }
        }
        String known = Arrays.stream(values())
                .flatMap(format -> format.extensions().stream())
                .collect(Collectors.joining(", .", ".", ""));
        throw new CorpusException(file + ": Expected a name that ends in " + known + ". Received: " + file.getFileName()
                + ". Name the format, one of " + names() + ", or rename the file");
    }

    private static String names() {
        return Arrays.stream(values()).map(DataFormat::toString).collect(Collectors.joining(", "));
    }

    /** The name that {@link #named} knows. */
    @Override
    public String toString() {
        return label;
    }
}
