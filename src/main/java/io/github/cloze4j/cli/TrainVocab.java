package io.github.cloze4j.cli;

import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.DirectoryLock;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.training.WordPieceTrainer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** From text to a WordPiece vocabulary. */
@Command(name = "train-vocab", description = "Learn a WordPiece vocabulary from text and write it as vocab.txt.")
final class TrainVocab extends CliCommand {
    @Option(
            names = "--corpus",
            arity = "1..*",
            paramLabel = "PATH...",
            hideParamSyntax = true,
            description =
                    "Files, directories or globs of text, JSON lines, CSV, TSV or Parquet; .gz and .zst are unpacked (default: the WordNet glosses).")
    private List<String> corpus = List.of();

    @Option(
            names = "--size",
            required = true,
            paramLabel = "N",
            description = "Tokens in all, at least 6; fewer come out where the text is too short.")
    private int size;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE",
            description = "Where the vocabulary goes, a token a line; replaced if it exists.")
    private Path output = Path.of("");

    @Option(names = "--cased", description = "Keep upper case and accents.")
    private boolean cased;

    @Option(
            names = "--min-frequency",
            paramLabel = "N",
            defaultValue = "" + WordPieceTrainer.DEFAULT_MIN_FREQUENCY,
            description = "How often a pair of tokens has to occur to become one (default: ${DEFAULT-VALUE}).")
    private long minFrequency;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that work at a time (default: one for each core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Mixin
    private CorpusOptions reading = new CorpusOptions();

    @Override
    public Map<String, @Nullable Object> run(Console console) {
        WordPieceTrainer.Config config = fromOptions(() -> new WordPieceTrainer.Config(
                size, cased ? TokenizerConfig.cased() : TokenizerConfig.uncased(), minFrequency, threads));
        if (corpus.isEmpty()) {
            reading.requireUnused(this, "--corpus");
        }
        fromOptions(reading::checked);
        AtomicFiles.requireTarget(output);
        // A run that goes on has its vocabulary there.
        DirectoryLock.requireUnused(output.resolveSibling(""));
        Stopwatch stopwatch = new Stopwatch();
        // Words do not cross lines: line by line, memory stays small whatever the documents.
        Corpus text = corpus.isEmpty() ? Corpus.wordNetGlosses() : reading.corpus(corpus, false);
        console.say("learning a vocabulary of " + size + " tokens from " + text.description());
        Vocabulary vocabulary;
        try (Stream<String> documents = text.documents()) {
            vocabulary = WordPieceTrainer.train(new ReadingNews(console).of(documents), config);
        }
        AtomicFiles.write(output, vocabulary.toText().getBytes(StandardCharsets.UTF_8));
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("size", vocabulary.size());
        fields.put("seconds", stopwatch.seconds());
        return fields;
    }
}
