package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.TextOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a file of labelled data is read.
 *
 * @param format the format; null to take it from the extension of the file's name
 * @param text the encoding. A byte order mark at the start of a file is skipped
 * @param maximumCharacters the most characters of a file
 * @param maximumFieldCharacters the most characters of a field of a table, of a line of JSON lines or CoNLL
 */
public record ReadOptions(
        @Nullable DataFormat format, TextOptions text, long maximumCharacters, int maximumFieldCharacters) {
    /** UTF-8, the format by the file's name, files of at most 2^30 characters with fields of at most 2^22. */
    public static final ReadOptions DEFAULT = new ReadOptions(null, TextOptions.UTF_8, 1L << 30, 1 << 22);

    /** Checks both limits; {@link IllegalArgumentException} if one is not positive. */
    public ReadOptions {
        if (maximumCharacters < 1 || maximumFieldCharacters < 1) {
            throw new IllegalArgumentException("Expected limits of at least 1 character. Received: " + maximumCharacters
                    + " and " + maximumFieldCharacters + ". Raise them");
        }
    }

    /** The same options with a format. */
    public ReadOptions withFormat(DataFormat named) {
        return new ReadOptions(named, text, maximumCharacters, maximumFieldCharacters);
    }

    /** The same options with an encoding. */
    public ReadOptions withText(TextOptions named) {
        return new ReadOptions(format, named, maximumCharacters, maximumFieldCharacters);
    }

    /** Whether the file has a text a line. */
    boolean isText(Path file) {
        return formatOf(file) == DataFormat.TEXT;
    }

    /** The format that is named, or else that of the file's name; {@link CorpusException} if the name tells none. */
    public DataFormat formatOf(Path file) {
        return format == null ? DataFormat.of(file) : format;
    }

    /**
     * The format of a file.
     *
     * @param content what a message calls the records
     * @param possible the formats that can hold such records
     * @throws CorpusException if the file has another format or an unknown one
     */
    DataFormat formatOf(Path file, String content, DataFormat... possible) {
        DataFormat found = formatOf(file);
        Set<DataFormat> allowed = EnumSet.copyOf(Arrays.asList(possible));
        if (!allowed.contains(found)) {
            String names = allowed.stream().map(DataFormat::toString).collect(Collectors.joining(", "));
            throw new CorpusException(file + ": Expected " + content + " in one of the formats " + names
                    + ". Received: the format " + found + ". Name another file or another format");
        }
        return found;
    }
}
