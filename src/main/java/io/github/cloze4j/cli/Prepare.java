package io.github.cloze4j.cli;

import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.corpus.DocumentSplit;
import io.github.cloze4j.data.shards.DataPreparation;
import io.github.cloze4j.data.shards.PreparationSummary;
import io.github.cloze4j.files.DirectoryLock;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.files.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tokenizes a corpus once, so that trainings can read it without tokenizing. */
@Command(name = "prepare", description = "Tokenize a corpus into token shards for pretrain --data.")
final class Prepare extends CliCommand {
    @Option(
            names = "--corpus",
            arity = "1..*",
            required = true,
            paramLabel = "PATH...",
            hideParamSyntax = true,
            description =
                    "Files, directories or globs of text, JSON lines, CSV, TSV or Parquet; .gz and .zst are unpacked.")
    private List<String> corpus = List.of();

    @Option(names = "--vocab", required = true, paramLabel = "FILE", description = "Vocabulary: a token a line.")
    private @Nullable Path vocabulary;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Where train and validation go; earlier data there is replaced.")
    private @Nullable Path output;

    @Option(names = "--cased", description = "Keep upper case and accents.")
    private boolean cased;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that work at a time (default: one for each core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--validation-fraction",
            defaultValue = "" + DocumentSplit.DEFAULT_VALIDATION_FRACTION,
            paramLabel = "X",
            description = "Share of the documents held out, in [0, 1) (default: ${DEFAULT-VALUE}).")
    private double validationFraction;

    @Option(
            names = "--blank-line-documents",
            description =
                    "Documents of plain text end at blank lines, sentences at line ends (default: documents at line"
                            + " ends).")
    private boolean blankLineDocuments;

    @Mixin
    private CorpusOptions reading = new CorpusOptions();

    @Override
    public boolean hasSaidResult() {
        return true;
    }

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        requireUnused(given(output));
        BertTokenizer tokenizer = TokenizerFiles.read(
                VocabularyPath.checked(given(vocabulary)), cased ? TokenizerConfig.cased() : TokenizerConfig.uncased());
        fromOptions(reading::checked);
        DataPreparation preparation =
                fromOptions(() -> DataPreparation.of(tokenizer, threads, new DocumentSplit(validationFraction)));
        Corpus texts = reading.corpus(corpus, blankLineDocuments);
        DiskSpace.requireForShards(given(output), texts.bytes());
        console.say("preparing " + texts.description());
        PreparationSummary summary = prepare(preparation, texts, console);
        console.say(summary.describe() + "; " + TokenWarnings.percent(summary.unknownShare()) + " of the tokens unknown"
                + String.format(Locale.ROOT, "; %.1f s", summary.seconds()));
        TokenWarnings.unknown(summary.unknownShare(), console);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("documents", summary.documents());
        fields.put("tokens", summary.tokens());
        fields.put("unknown_share", summary.unknownShare());
        fields.put("seconds", summary.seconds());
        return fields;
    }

    /** The data of a run that goes on are read until its end: they are not replaced under it. */
    private static void requireUnused(Path output) {
        DirectoryLock.requireUnused(output);
        DirectoryLock.requireUnused(output.resolveSibling(""));
    }

    private PreparationSummary prepare(DataPreparation preparation, Corpus texts, Console console) {
        try (Stream<String> documents = texts.documents()) {
            return preparation.prepare(new ReadingNews(console).of(documents), given(output));
        }
    }

    private static Path given(@Nullable Path required) {
        if (required == null) {
            throw new IllegalStateException("picocli refuses a command without its required options");
        }
        return required;
    }
}
