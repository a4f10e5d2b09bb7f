package io.github.cloze4j.cli;

import io.github.cloze4j.corpus.TextOptions;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the commands that answer about texts read them. */
final class TextReadingOptions {
    /** The remedies of {@link io.github.cloze4j.PlainTextException} in the words of the command line. */
    static final String HINT = " (--encoding names an encoding, --format text reads a file as it is)";

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description = "Encoding of the text, such as windows-1252, GB18030 or UTF-16 (default: UTF-8).")
    private @Nullable Charset encoding;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "text: read as plain text what does not look like it (default: refuse it).")
    private @Nullable Format format;

    /** The formats of files; there is one. */
    enum Format {
        TEXT
    }

    /**
     * Refuses these options where they would have no effect.
     *
     * @param command whose options these are
     * @param missing the option that names a text to read
     * @throws picocli.CommandLine.ParameterException if one of them is given
     */
    void requireUnused(CliCommand command, String missing) {
        if (encoding != null || format != null) {
            String given = encoding != null ? "--encoding" : "--format";
            throw command.usage("Expected " + given + " with " + missing + ", the text that it is for. Received: no "
                    + missing + ". Add it, or leave " + given + " out");
        }
    }

    TextOptions options() {
        return new TextOptions(encoding == null ? StandardCharsets.UTF_8 : encoding, format == Format.TEXT);
    }
}
