package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.corpus.TextOptions;
import io.github.cloze4j.finetune.readers.DataFormat;
import io.github.cloze4j.finetune.readers.ReadOptions;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How files of records are read. */
final class FormatOptions {
    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "csv, tsv, tsv-unquoted, jsonl, conll, squad or text (default: by the file's name).")
    private @Nullable String format;

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description = "Encoding of the files, such as windows-1252 or GB18030 (default: UTF-8).")
    private @Nullable Charset encoding;

    /** @throws IllegalArgumentException if the format has no such name */
    ReadOptions reading() {
        ReadOptions options = ReadOptions.DEFAULT;
        if (format != null) {
            options = options.withFormat(DataFormat.named(format));
        }
        return encoding == null ? options : options.withText(new TextOptions(encoding, false));
    }
}
