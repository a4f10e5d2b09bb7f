package io.github.cloze4j.cli;

import io.github.cloze4j.corpus.PlainTextReader;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.files.TokenizerFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Text to token ids, line by line. */
@Command(name = "tokenize", description = "Turn each line of text into a line of token ids.")
final class Tokenize extends CliCommand {
    @Option(names = "--vocab", required = true, paramLabel = "FILE", description = "Vocabulary: a token a line.")
    private Path vocabulary = Path.of("");

    @Option(names = "--cased", description = "Keep upper case and accents.")
    private boolean cased;

    @Option(names = "--no-special-tokens", description = "Leave out [CLS] before and [SEP] after a line's tokens.")
    private boolean noSpecialTokens;

    @Option(names = "--input", paramLabel = "FILE", description = "Text, a line at a time (default: standard input).")
    private @Nullable Path input;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description =
                    "Where the ids go; replaced at the end, if it exists (default: standard output, with --json standard error).")
    private @Nullable Path output;

    @Mixin
    private TextReadingOptions reading = new TextReadingOptions();

    @Override
    public boolean dataOnOut() {
        return output == null;
    }

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        BertTokenizer tokenizer = TokenizerFiles.read(
                VocabularyPath.checked(vocabulary), cased ? TokenizerConfig.cased() : TokenizerConfig.uncased());
        Stopwatch stopwatch = new Stopwatch();
        LineTokenizer lines = new LineTokenizer(tokenizer, !noSpecialTokens);
        if (output == null) {
            tokenize(lines, console.bytes(), console);
        } else {
            AtomicFiles.write(output, channel -> tokenize(lines, Channels.newOutputStream(channel), console));
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("lines", lines.lines());
        fields.put("tokens", lines.tokens());
        fields.put("seconds", stopwatch.seconds());
        return fields;
    }

    private void tokenize(LineTokenizer lines, OutputStream target, Console console) throws IOException {
        try (PlainTextReader reader = TextInput.reader(input, reading)) {
            Writer writer = new OutputStreamWriter(target, StandardCharsets.US_ASCII);
            lines.run(reader, writer);
            writer.flush();
            reader.loss().ifPresent(console::warn);
        }
    }
}
