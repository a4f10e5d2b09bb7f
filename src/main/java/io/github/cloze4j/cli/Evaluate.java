package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.cli.finetune.LabelledEvaluation;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.finetune.readers.ReadOptions;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrain.HeldOutBatches;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingMemory;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.ModelParts;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Evaluator;
import io.github.cloze4j.train.MemoryPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Scores a model on text with fixed masks. */
@Command(
        name = "evaluate",
        description =
                "Score a model on text: with 15 %% of its tokens masked, the same for every model of this vocabulary, or, a"
                        + " model of the next word, with every token. Or score a fine-tuned model on labelled data, with"
                        + " --input.",
        defaultValueProvider = LibraryDefaults.class)
final class Evaluate extends CliCommand {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model in Hugging Face's layout.")
    private Path directory = Path.of("");

    @Option(
            names = "--corpus",
            arity = "1..*",
            paramLabel = "PATH...",
            hideParamSyntax = true,
            description =
                    "Files, directories or globs of text, JSON lines, CSV, TSV or Parquet; .gz and .zst are unpacked.")
    private List<String> corpus = List.of();

    @Option(
            names = "--blank-line-documents",
            description = "Documents of plain text end at blank lines (default: at every line end).")
    private boolean blankLineDocuments;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the masks (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--seq-len", paramLabel = "N", description = "Tokens of a row (default: ${DEFAULT-VALUE}).")
    private int seqLen;

    @Option(names = "--batch-size", paramLabel = "N", description = "Rows of a batch (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            description = "mlm, clm or prefix-lm, or mlm-nsp or mlm-sop to score pairs too; these two need"
                    + " --blank-line-documents and a model trained on pairs (default: what the model is for).")
    private Objective objective = Objective.MLM;

    @Mixin
    private LabelledEvaluation labelled = new LabelledEvaluation();

    @Mixin
    private CorpusOptions reading = new CorpusOptions();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Override
    public boolean hasSaidResult() {
        return labelled.isAsked();
    }

    @Override
    public Map<String, @Nullable Object> run(Console console) {
        if (corpus.isEmpty() != labelled.isAsked()) {
            throw usage("Expected either --corpus, or --input for a fine-tuned model. Received: "
                    + (corpus.isEmpty() ? "neither. Add one" : "both. Keep one"));
        }
        fromOptions(reading::checked);
        // Opened before the kernels are loaded, which takes a second.
        try (StoredModel stored = ModelDirectory.open(directory)) {
            if (!labelled.isAsked()) {
                return run(console, stored);
            }
            ReadOptions records = fromOptions(() -> reading.labelled(this));
            boolean isNamed = OptionConflicts.named(spec().commandLine()).contains("--seq-len");
            int mostTokens = isNamed ? seqLen : Math.min(seqLen, stored.config().maxPositionEmbeddings());
            return fromOptions(() -> labelled.run(stored, records, mostTokens, seed, backend::create, console));
        }
    }

    private Map<String, @Nullable Object> run(Console console, StoredModel stored) {
        BertTokenizer tokenizer = stored.tokenizer();
        BertConfig config = stored.config();
        Corpus text = reading.corpus(corpus, blankLineDocuments);
        Objective scored = objective(stored);
        fromOptions(() -> {
            // Their bounds are those of training.
            PretrainingConfig.builder()
                    .batchSize(batchSize)
                    .seqLen(seqLen)
                    .objective(scored)
                    .build();
            config.requireSeqLen(seqLen);
            config.requireTokenTypes(scored.tokenTypes());
            return config;
        });
        try (Kernels kernels = backend.create()) {
            BertMemory needed = BertMemory.of(config, PretrainingHeads.of(scored), kernels);
            MemoryPlan memory =
                    PretrainingMemory.ofEvaluation(needed, batchSize, seqLen, scored, tokenizer.vocabulary());
            console.say("memory: " + memory.describe());
            AtomicLong characters = new AtomicLong();
            TokenDocuments documents = tokenize(text, tokenizer, characters);
            double unknownShare = documents.share(tokenizer.vocabulary().unkId());
            TokenWarnings.unknown(unknownShare, console);
            HeldOutBatches batches = fromOptions(
                    () -> new HeldOutBatches(documents, tokenizer.vocabulary(), batchSize, seqLen, seed, scored));
            console.say("evaluating on " + text.description());
            Evaluation evaluation = score(stored, scored, batches, kernels);
            Map<String, @Nullable Object> fields = ScoreFields.of(evaluation, console);
            if (scored == Objective.CLM) {
                ScoreFields.putCharacters(fields, evaluation, characters.get());
            }
            fields.put("unknown_share", unknownShare);
            return fields;
        }
    }

    /** The one that is named, or the one that the model is for. */
    private Objective objective(StoredModel stored) {
        if (OptionConflicts.named(spec().commandLine()).contains("--objective")) {
            requireReading(stored);
            return objective;
        }
        if (!stored.config().isDecoder()) {
            return Objective.MLM;
        }
        return isSequenceToSequence(stored) ? Objective.PREFIX_LM : Objective.CLM;
    }

    private static boolean isSequenceToSequence(StoredModel stored) {
        return stored.taskHead().filter(head -> head.kind() == TaskKind.SEQ2SEQ).isPresent();
    }

    /** A model of masked words has not learned to predict the next one, nor a model of the next word the masked ones. */
    private void requireReading(StoredModel stored) {
        if (objective.predictsNext() != stored.config().isDecoder()) {
            throw usage("Expected --objective "
                    + (stored.config().isDecoder()
                            ? "clm or prefix-lm for a model of the next word"
                            : "mlm for a model of masked words")
                    + ". Received: " + OptionValues.name(objective) + " for " + directory + ". Leave --objective out");
        }
    }

    private Evaluation score(StoredModel stored, Objective scored, HeldOutBatches batches, Kernels kernels) {
        requireHead(stored, scored);
        try (Bert model = stored.readScored(stored.config(), PretrainingHeads.of(scored), kernels);
                TrainingPass pass = model.trainingPass(batchSize, seqLen, batches.maxTargets())) {
            return new Evaluator(model.losses(), batches.all(pass)).evaluate();
        }
    }

    private void requireHead(StoredModel stored, Objective scored) {
        if (scored.hasPairs() && !stored.parts().contains(ModelParts.NEXT_SENTENCE)) {
            throw new Cloze4jException("Expected a model with a next-sentence head for --objective "
                    + OptionValues.name(scored) + ". Received: " + directory
                    + ", which has none. Score it with --objective mlm");
        }
    }

    /**
     * In memory: a text to be scored is small beside one to be trained on.
     *
     * @param characters a counter; the number of characters of the documents is added to it, and one for the end of each
     */
    private static TokenDocuments tokenize(Corpus text, BertTokenizer tokenizer, AtomicLong characters) {
        try (Stream<String> documents = text.documents()) {
            // A line is a sentence, as in data that is prepared.
            return TokenDocuments.ofSentences(
                    tokenizer.vocabulary().size(),
                    documents
                            .peek(document -> characters.addAndGet(document.codePointCount(0, document.length()) + 1L))
                            .map(document ->
                                    document.lines().map(tokenizer::ids).toList())
                            .toList());
        }
    }
}
