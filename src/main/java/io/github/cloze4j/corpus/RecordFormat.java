package io.github.cloze4j.corpus;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A format of files whose records have named fields, some of which hold text. */
public enum RecordFormat {
    /** A table with a header, commas between fields, and double quotes around fields that hold commas, quotes or line breaks. */
    CSV("comma-separated values", "csv"),

    /** A table with a header and tabs between fields, quoted as in {@link #CSV}. */
    TSV("tab-separated values", "tsv tab"),

    /** A table with a header and tabs between fields, in which quotes are characters like all others. */
    TSV_UNQUOTED("tab-separated values", ""),

    /** A JSON object a line. */
    JSON_LINES("JSON lines", "jsonl ndjson"),

    /** Columns of texts, and of lists and groups of them. */
    PARQUET("Parquet", "parquet");

    private final String description;
    private final String extensions;

    RecordFormat(String description, String extensions) {
        this.description = description;
        this.extensions = extensions;
    }

    /** The format of a file by the extension of its name, without regard to packing and case; null if no format has it. */
    static @Nullable RecordFormat ofFile(String name) {
        String extension = Packing.extension(name.toLowerCase(Locale.ROOT));
        return Arrays.stream(values())
                .filter(format -> !extension.isEmpty()
                        && List.of(format.extensions.split(" ")).contains(extension))
                .findFirst()
                .orElse(null);
    }

    /** The format in words, such as {@code JSON lines}. */
    String description() {
        return description;
    }
}
