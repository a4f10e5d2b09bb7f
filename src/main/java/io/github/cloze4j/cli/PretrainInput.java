package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.checkpoint.AtomicFiles;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.corpus.DocumentBoundary;
import io.github.cloze4j.corpus.DocumentSplit;
import io.github.cloze4j.data.DataPreparation;
import io.github.cloze4j.data.PreparationSummary;
import io.github.cloze4j.data.TokenShards;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.WordPieceTrainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the tokens of a run come from: prepared shards, or a corpus and a vocabulary, each of which may be made here. */
final class PretrainInput {
    private static final int MIN_FREQUENCY = 2;

    @Option(
            names = "--corpus",
            arity = "1..*",
            split = OptionValues.SPLIT,
            splitSynopsisLabel = OptionValues.SEPARATOR,
            paramLabel = "P",
            description = "Files, directories or globs of text, a document a line (default: the WordNet glosses).")
    private @Nullable List<String> corpus;

    @Option(names = "--blank-line-documents", description = "Documents are separated by blank lines, not by line ends.")
    private boolean blankLineDocuments;

    @Option(names = "--data", paramLabel = "DIR", description = "Token shards made by prepare, in the corpus' place.")
    private @Nullable Path data;

    @Option(names = "--vocab", paramLabel = "F", description = "vocab.txt (default: one is trained on the corpus).")
    private @Nullable Path vocabulary;

    @Option(
            names = "--vocab-size",
            paramLabel = "N",
            defaultValue = "8192",
            description = "Size of a vocabulary trained here (default: ${DEFAULT-VALUE}).")
    private int vocabularySize;

    @Option(names = "--cased", description = "Keep upper case and accents.")
    private boolean cased;

    @Option(
            names = "--validation",
            arity = "1..*",
            split = OptionValues.SPLIT,
            splitSynopsisLabel = OptionValues.SEPARATOR,
            paramLabel = "P",
            description = "Text held out for evaluation (default: a share of the corpus).")
    private @Nullable List<String> validation;

    @Option(
            names = "--validation-fraction",
            paramLabel = "X",
            defaultValue = "0.01",
            description = "Share of the documents held out (default: ${DEFAULT-VALUE}).")
    private double validationFraction;

    /** What a run reads, open. */
    record Opened(
            BertTokenizer tokenizer,
            TokenShards training,
            @Nullable TokenShards validation,
            String description) implements AutoCloseable {
        /** For people: what it was trained on. */
        Map<String, String> describe() {
            Map<String, String> data = new LinkedHashMap<>();
            data.put("corpus", description);
            data.put("documents for training", Long.toString(training.count()));
            data.put("tokens for training", Long.toString(training.tokens()));
            if (validation != null) {
                data.put("documents held out", Long.toString(validation.count()));
                data.put("tokens held out", Long.toString(validation.tokens()));
            }
            data.put("vocabulary", tokenizer.vocabulary().size() + " tokens");
            data.put("SHA-256 of the vocabulary", training.vocabularySha256());
            return data;
        }

        @Override
        public void close() {
            training.close();
            if (validation != null) {
                validation.close();
            }
        }
    }

    boolean isQuickstart() {
        return corpus == null && data == null;
    }

    /** @throws IllegalArgumentException if options exclude each other */
    void check() {
        if (corpus != null && data != null) {
            throw new IllegalArgumentException("Expected --corpus or --data. Received: both. Leave one of them out");
        }
        if (data != null && (vocabulary == null || validation != null)) {
            throw new IllegalArgumentException("Expected --data with the --vocab that it was prepared with, and without"
                    + " --validation, which it brings. Received: other options. Correct them");
        }
        new DocumentSplit(validationFraction);
    }

    /**
     * Opens the shards of the run.
     *
     * @param resume whether vocabulary and shards that the output holds are those of the run; else they are made anew
     */
    Opened open(PretrainOutput output, boolean resume, int threads, Console console) throws IOException {
        BertTokenizer tokenizer = tokenizer(output, resume, threads, console);
        if (data == null && !(resume && Files.exists(output.data()))) {
            prepare(tokenizer, output, threads, console);
        }
        Path shards = data != null ? data : output.data();
        TokenShards training = open(shards.resolve(DataPreparation.TRAINING), tokenizer.vocabulary());
        TokenShards heldOut = open(shards.resolve(DataPreparation.VALIDATION), tokenizer.vocabulary());
        boolean evaluated = heldOut.count() > 0;
        if (!evaluated) {
            heldOut.close();
        }
        String description = data != null ? data.toString() : corpus().description();
        return new Opened(tokenizer, training, evaluated ? heldOut : null, description);
    }

    private static TokenShards open(Path directory, Vocabulary vocabulary) {
        TokenShards shards = TokenShards.open(directory);
        try {
            shards.requireVocabulary(vocabulary);
            return shards;
        } catch (RuntimeException wrongVocabulary) {
            shards.close();
            throw wrongVocabulary;
        }
    }

    private BertTokenizer tokenizer(PretrainOutput output, boolean resume, int threads, Console console)
            throws IOException {
        TokenizerConfig config = cased ? TokenizerConfig.cased() : TokenizerConfig.uncased();
        if (vocabulary != null) {
            return new BertTokenizer(Vocabulary.read(vocabulary), config);
        }
        if (resume && Files.exists(output.vocabulary())) {
            return new BertTokenizer(Vocabulary.read(output.vocabulary()), config);
        }
        Stopwatch stopwatch = new Stopwatch();
        try (Stream<String> documents = corpus().documents()) {
            Vocabulary trained = WordPieceTrainer.train(
                    documents, new WordPieceTrainer.Config(vocabularySize, config, MIN_FREQUENCY, threads));
            Files.createDirectories(output.directory());
            AtomicFiles.write(output.vocabulary(), trained.toText().getBytes(StandardCharsets.UTF_8));
            console.say(String.format(
                    Locale.ROOT,
                    "vocabulary: %d tokens trained on %s in %.1f s",
                    trained.size(),
                    corpus().description(),
                    stopwatch.seconds()));
            return new BertTokenizer(trained, config);
        }
    }

    private void prepare(BertTokenizer tokenizer, PretrainOutput output, int threads, Console console)
            throws IOException {
        DataPreparation preparation = DataPreparation.of(tokenizer, threads, new DocumentSplit(validationFraction));
        try (Stream<String> documents = corpus().documents();
                Stream<String> heldOut =
                        validation == null ? Stream.empty() : texts(validation).documents()) {
            Files.createDirectories(output.directory());
            PreparationSummary summary = validation == null
                    ? preparation.prepare(documents, output.data())
                    : preparation.prepare(documents, heldOut, output.data());
            console.say("data: " + summary.describe());
        } catch (Cloze4jException failed) {
            output.removeIfEmpty();
            throw failed;
        }
    }

    private Corpus corpus() {
        return corpus == null ? Corpus.wordNetGlosses() : texts(corpus);
    }

    private Corpus texts(List<String> pathsOrGlobs) {
        return Corpus.of(pathsOrGlobs, blankLineDocuments ? DocumentBoundary.BLANK_LINE : DocumentBoundary.LINE);
    }
}
