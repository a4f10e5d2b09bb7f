package io.github.cloze4j.cli;

import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.corpus.DocumentBoundary;
import io.github.cloze4j.corpus.RecordFormat;
import io.github.cloze4j.corpus.RecordOptions;
import io.github.cloze4j.corpus.TextOptions;
import io.github.cloze4j.finetune.readers.DataFormat;
import io.github.cloze4j.finetune.readers.ReadOptions;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the commands that read a corpus read its files. */
public final class CorpusOptions {
    /** The remedies of {@link io.github.cloze4j.MissingColumnException} in the words of the command line. */
    static final String HINT = " (--text-field names the field of the text, --format text reads a file as plain text)";

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description = "Encoding of the text, such as windows-1252, GB18030 or UTF-16 (default: UTF-8).")
    private @Nullable Charset encoding;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description =
                    "jsonl, csv, tsv, tsv-unquoted, parquet, or text for plain text, whatever it looks like (default: by the"
                            + " name and the content of each file).")
    private @Nullable Format format;

    @Option(
            names = "--text-field",
            arity = "1",
            split = SettingsList.PICOCLI_SEPARATOR,
            paramLabel = "NAME",
            description =
                    "Field of JSON lines or column that holds the text; dots lead into objects. Given several times,"
                            + " a document has the texts of all (default: " + RecordOptions.DEFAULT_FIELD + ").")
    private @Nullable List<String> fields;

    /** The formats of files. */
    enum Format {
        JSONL(RecordFormat.JSON_LINES),
        CSV(RecordFormat.CSV),
        TSV(RecordFormat.TSV),
        TSV_UNQUOTED(RecordFormat.TSV_UNQUOTED),
        PARQUET(RecordFormat.PARQUET),
        TEXT(null);

        private final @Nullable RecordFormat records;

        Format(@Nullable RecordFormat records) {
            this.records = records;
        }
    }

    /**
     * Refuses these options where they would have no effect.
     *
     * @param command whose options these are
     * @param missing the option that names a text to read
     * @throws picocli.CommandLine.ParameterException if one of them is given
     */
    public void requireUnused(CliCommand command, String missing) {
        requireUnused(command, missing, "--encoding", encoding);
        requireUnused(command, missing, "--format", format);
        requireUnused(command, missing, "--text-field", fields);
    }

    private static void requireUnused(CliCommand command, String missing, String option, @Nullable Object value) {
        if (value != null) {
            throw command.usage("Expected " + option + " with " + missing + ", the text that it is for. Received: no "
                    + missing + ". Add it, or leave " + option + " out");
        }
    }

    /**
     * How labelled data is read by these options.
     *
     * @throws picocli.CommandLine.ParameterException if a field of a corpus is named
     */
    ReadOptions labelled(CliCommand command) {
        requireUnused(command, "--corpus", "--text-field", fields);
        ReadOptions options = ReadOptions.DEFAULT.withText(text());
        return format == null || format == Format.TEXT
                ? options
                : options.withFormat(DataFormat.named(OptionValues.name(format)));
    }

    private TextOptions text() {
        return new TextOptions(encoding == null ? StandardCharsets.UTF_8 : encoding, format == Format.TEXT);
    }

    private RecordOptions records() {
        return new RecordOptions(
                format == null ? null : format.records, fields == null ? RecordOptions.DEFAULT.fields() : fields);
    }

    /**
     * Checks the options without a look at any file.
     *
     * @throws IllegalArgumentException if one of them is wrong
     */
    public CorpusOptions checked() {
        records();
        return this;
    }

    /**
     * Finds the files of a corpus.
     *
     * @param blankLineDocuments whether documents of plain text end at blank lines
     * @throws IllegalArgumentException if an option is wrong
     */
    public Corpus corpus(List<String> pathsOrGlobs, boolean blankLineDocuments) {
        DocumentBoundary boundary = blankLineDocuments ? DocumentBoundary.BLANK_LINE : DocumentBoundary.LINE;
        return Corpus.of(pathsOrGlobs, boundary, text(), records());
    }
}
