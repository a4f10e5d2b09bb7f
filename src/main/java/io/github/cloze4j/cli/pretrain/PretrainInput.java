package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.cli.CliCommand;
import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.CorpusOptions;
import io.github.cloze4j.cli.ReadingNews;
import io.github.cloze4j.cli.SettingsList;
import io.github.cloze4j.cli.Stopwatch;
import io.github.cloze4j.cli.TokenWarnings;
import io.github.cloze4j.cli.VocabularyPath;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.corpus.DocumentSplit;
import io.github.cloze4j.data.shards.DataPreparation;
import io.github.cloze4j.data.shards.PreparationSummary;
import io.github.cloze4j.data.shards.TokenShards;
import io.github.cloze4j.data.shards.TokenizerIdentity;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.DirectoryReplacement;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.files.TokenizerFiles;
import io.github.cloze4j.tokenizer.training.WordPieceTrainer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the tokens of a run come from: prepared shards, or a corpus and a vocabulary, each of which may be made here. */
final class PretrainInput {
    @Option(
            names = "--corpus",
            arity = "1..*",
            split = SettingsList.PICOCLI_SEPARATOR,
            paramLabel = "PATH...",
            hideParamSyntax = true,
            description =
                    "Files, directories or globs of text, JSON lines, CSV, TSV or Parquet; .gz and .zst are unpacked (default: the WordNet glosses).")
    private @Nullable List<String> corpus;

    @Option(
            names = "--blank-line-documents",
            description =
                    "Documents of plain text end at blank lines, sentences at line ends (default: documents at line"
                            + " ends).")
    private boolean blankLineDocuments;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Token shards made by prepare, in the place of a corpus; --cased is as it was there.")
    private @Nullable Path data;

    @Option(
            names = "--vocab",
            paramLabel = "FILE",
            description = "Vocabulary: a token a line (default: one is trained on the corpus).")
    private @Nullable Path vocabulary;

    @Option(
            names = "--vocab-size",
            paramLabel = "N",
            defaultValue = "8192",
            description = "Tokens of a vocabulary that is trained here (default: ${DEFAULT-VALUE}).")
    private int vocabularySize;

    @Option(names = "--cased", description = "Keep upper case and accents.")
    private boolean cased;

    @Option(
            names = "--validation",
            arity = "1..*",
            split = SettingsList.PICOCLI_SEPARATOR,
            paramLabel = "PATH...",
            hideParamSyntax = true,
            description = "Text to evaluate on (default: a share of the corpus).")
    private @Nullable List<String> validation;

    @Option(
            names = "--validation-fraction",
            paramLabel = "X",
            defaultValue = "" + DocumentSplit.DEFAULT_VALIDATION_FRACTION,
            description = "Share of the documents held out, in [0, 1) (default: ${DEFAULT-VALUE}).")
    private double validationFraction;

    @Mixin
    private CorpusOptions reading = new CorpusOptions();

    private @Nullable BertTokenizer vocabularyFound;

    private @Nullable Corpus corpusFound;

    private @Nullable Corpus validationFound;

    boolean isQuickstart() {
        return corpus == null && data == null;
    }

    /**
     * @param command whose options these are
     * @param modelGiven whether the run has the tokenizer of a model
     * @throws IllegalArgumentException if options exclude each other
     */
    void check(CliCommand command, boolean modelGiven) {
        if (isQuickstart() && validation == null) {
            reading.requireUnused(command, "--corpus");
        }
        if (corpus != null && data != null) {
            throw new IllegalArgumentException("Expected --corpus or --data. Received: both. Leave one of them out");
        }
        if (data != null && vocabulary == null && !modelGiven) {
            throw new IllegalArgumentException("Expected --data with the vocabulary that it was prepared with."
                    + " Received: no --vocab. Add --vocab FILE, or --from DIR if a model's vocabulary prepared it");
        }
        if (data != null && validation != null) {
            throw new IllegalArgumentException("Expected --data without --validation, because it brings its held-out"
                    + " documents. Received: both. Leave --validation out, or prepare the data again");
        }
        reading.checked();
        new DocumentSplit(validationFraction);
        trainerConfig(1);
    }

    /** @throws IllegalArgumentException if documents of a corpus would have one sentence each */
    void requireSentences() {
        if (data == null && !blankLineDocuments && (corpus == null || !corpus().hasMultipleSentences())) {
            throw new IllegalArgumentException("Expected documents of several sentences for the objective."
                    + " Received: documents that end at every line end. Give --corpus with a sentence on each line and a"
                    + " blank line between documents, and --blank-line-documents; or JSON lines or a table, whose"
                    + " records are documents");
        }
    }

    private WordPieceTrainer.Config trainerConfig(int threads) {
        return new WordPieceTrainer.Config(
                vocabularySize, tokenizerConfig(), WordPieceTrainer.DEFAULT_MIN_FREQUENCY, threads);
    }

    private TokenizerConfig tokenizerConfig() {
        return cased ? TokenizerConfig.cased() : TokenizerConfig.uncased();
    }

    /** Whether no document is left to evaluate on, as far as the options say it. */
    boolean holdsNothingOut() {
        return data == null && validation == null && validationFraction == 0;
    }

    /** Files and directories that the options name and that are read in place. */
    List<Path> paths() {
        return Stream.of(vocabulary, data).filter(Objects::nonNull).toList();
    }

    /**
     * Finds what is missing before hours go into what is there.
     *
     * @param modelGiven whether the run has the tokenizer of a model
     */
    void requirePresent(PretrainOutput output, boolean modelGiven) {
        if (vocabulary != null) {
            ofVocabulary(vocabulary);
        }
        // Shards are not opened here: that reads all of them, and is the first thing that a run does with them anyway.
        if (data == null && !Files.exists(output.data())) {
            boolean readTwice = vocabulary == null && !modelGiven && !Files.exists(output.vocabulary());
            if (readTwice && !corpus().isRepeatable()) {
                throw new CorpusException(
                        "Expected a corpus that can be read twice, for the vocabulary and for the data."
                                + " Received: " + corpus().description() + ", a pipe, which gives its text once."
                                + " Save the text to a file, or name a vocabulary with --vocab");
            }
            validation();
        }
    }

    /** The bytes of the text that the run will prepare, as it is stored. */
    long textBytes(PretrainOutput output) {
        if (corpus == null || data != null || Files.exists(output.data())) {
            return 0;
        }
        Corpus heldOut = validation();
        return corpus().bytes() + (heldOut == null ? 0 : heldOut.bytes());
    }

    /** The tokens of the vocabulary that the run will have; the most, if it is still to be learnt. */
    int vocabularySize(PretrainOutput output) {
        Path existing = vocabulary != null ? vocabulary : output.vocabulary();
        return Files.exists(existing) ? ofVocabulary(existing).vocabulary().size() : vocabularySize;
    }

    /** Reads a vocabulary once, so that a warning about it is said once. */
    private BertTokenizer ofVocabulary(Path file) {
        if (vocabularyFound == null) {
            Path checked = VocabularyPath.checked(file);
            // Prepared data knows whether its text kept upper case, so that the options say nothing about the
            // vocabulary.
            vocabularyFound = data == null
                    ? TokenizerFiles.read(checked, tokenizerConfig())
                    : new BertTokenizer(Vocabulary.read(checked), tokenizerConfig());
        }
        return vocabularyFound;
    }

    /**
     * Opens the shards of the run, made before if need be.
     *
     * @param given the tokenizer of a model, or null for that of the options
     * @throws io.github.cloze4j.CorpusException if another tokenizer made the shards
     */
    OpenedInput open(PretrainOutput output, @Nullable BertTokenizer given, int threads, Console console) {
        if (data != null) {
            return opened(data, given, console);
        }
        BertTokenizer tokenizer = given == null ? tokenizer(output, threads, console) : given;
        if (!Files.exists(output.data())) {
            prepare(tokenizer, output.data(), threads, console);
        }
        return opened(output.data(), tokenizer, console);
    }

    /** @param given null for the tokenizer that made the shards, with the vocabulary of the options */
    private OpenedInput opened(Path shards, @Nullable BertTokenizer given, Console console) {
        TokenShards training = TokenShards.open(shards.resolve(DataPreparation.TRAINING));
        TokenShards heldOut = TokenShards.open(shards.resolve(DataPreparation.VALIDATION));
        BertTokenizer tokenizer = given == null ? tokenizerOf(training) : given;
        TokenizerIdentity identity = TokenizerIdentity.of(tokenizer);
        training.requireTokenizer(identity);
        heldOut.requireTokenizer(identity);
        TokenShards scored = heldOut.count() == 0 ? null : heldOut;
        if (scored == null) {
            heldOut.close();
        }
        double unknownShare = training.share(tokenizer.vocabulary().unkId());
        console.say("unknown tokens: " + TokenWarnings.percent(unknownShare));
        TokenWarnings.unknown(unknownShare, console);
        return new OpenedInput(tokenizer, training, scored, unknownShare, description());
    }

    private BertTokenizer tokenizerOf(TokenShards shards) {
        Vocabulary read = ofVocabulary(Objects.requireNonNull(vocabulary, "checked with the options"))
                .vocabulary();
        return new BertTokenizer(
                read, cased ? TokenizerConfig.cased() : shards.tokenizer().config());
    }

    private BertTokenizer tokenizer(PretrainOutput output, int threads, Console console) {
        Path existing = vocabulary != null ? vocabulary : output.vocabulary();
        if (vocabulary != null || Files.exists(existing)) {
            return ofVocabulary(existing);
        }
        Stopwatch stopwatch = new Stopwatch();
        Corpus text = corpus();
        console.say("learning a vocabulary of " + vocabularySize + " tokens from " + text.description());
        try (Stream<String> documents = text.documents()) {
            Vocabulary trained = WordPieceTrainer.train(new ReadingNews(console).of(documents), trainerConfig(threads));
            AtomicFiles.write(output.vocabulary(), trained.toText().getBytes(StandardCharsets.UTF_8));
            console.say(
                    String.format(Locale.ROOT, "vocabulary: %d tokens in %.1f s", trained.size(), stopwatch.seconds()));
            return new BertTokenizer(trained, tokenizerConfig());
        }
    }

    private void prepare(BertTokenizer tokenizer, Path shards, int threads, Console console) {
        // Of a run that was killed here, which nobody else would find.
        DirectoryReplacement.deleteLeftovers(shards);
        DataPreparation preparation = DataPreparation.of(tokenizer, threads, new DocumentSplit(validationFraction));
        Corpus text = corpus();
        console.say("preparing " + text.description());
        Corpus heldOutText = validation();
        ReadingNews news = new ReadingNews(console);
        try (Stream<String> documents = news.of(text.documents());
                Stream<String> heldOut = heldOutText == null ? Stream.empty() : news.of(heldOutText.documents())) {
            PreparationSummary summary = heldOutText == null
                    ? preparation.prepare(documents, shards)
                    : preparation.prepare(documents, heldOut, shards);
            console.say("data: " + summary.describe());
        }
    }

    private String description() {
        if (data != null) {
            return data.toString();
        }
        // Not corpus(): a run that is resumed has its data, and may have lost the text.
        return corpus == null ? Corpus.wordNetGlosses().description() : String.join(" ", corpus);
    }

    /** Found once: the files are looked into when they are found, and a warning is said once for each corpus. */
    private Corpus corpus() {
        if (corpusFound == null) {
            corpusFound = corpus == null ? Corpus.wordNetGlosses() : reading.corpus(corpus, blankLineDocuments);
        }
        return corpusFound;
    }

    private @Nullable Corpus validation() {
        if (validationFound == null && validation != null) {
            validationFound = reading.corpus(validation, blankLineDocuments);
        }
        return validationFound;
    }
}
