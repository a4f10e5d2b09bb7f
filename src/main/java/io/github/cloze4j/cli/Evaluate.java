package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.MlmPass;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Evaluator;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.NextSentenceScore;
import io.github.cloze4j.train.TrainingConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Scores a model on text with fixed masks. */
@Command(
        name = "evaluate",
        description =
                "Score a model on text, with 15 %% of its tokens masked: the same for every model of this vocabulary.",
        defaultValueProvider = PretrainDefaults.class)
final class Evaluate extends CliCommand {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model in Hugging Face's layout.")
    private Path directory = Path.of("");

    @Option(
            names = "--corpus",
            required = true,
            arity = "1..*",
            paramLabel = "PATH...",
            hideParamSyntax = true,
            description = "Files, directories or globs of text; .gz is unpacked.")
    private List<String> corpus = List.of();

    @Option(
            names = "--blank-line-documents",
            description = "Documents end at blank lines (default: at every line end).")
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
            description = "mlm, or mlm-nsp or mlm-sop to score pairs too; these need --blank-line-documents and a model"
                    + " trained on pairs (default: ${DEFAULT-VALUE}).")
    private Objective objective = Objective.MLM;

    @Mixin
    private TextReadingOptions reading = new TextReadingOptions();

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Override
    Map<String, @Nullable Object> run(Console console) {
        // Opened before the kernels are loaded, which takes a second.
        try (StoredModel stored = StoredModel.open(directory)) {
            return run(console, stored);
        }
    }

    private Map<String, @Nullable Object> run(Console console, StoredModel stored) {
        BertTokenizer tokenizer = stored.tokenizer();
        BertConfig config = stored.config();
        Corpus text = reading.corpus(corpus, blankLineDocuments);
        fromOptions(() -> {
            // Their bounds are those of training.
            TrainingConfig.builder().batchSize(batchSize).seqLen(seqLen).build();
            config.requireSeqLen(seqLen);
            config.requireObjective(objective);
            return config;
        });
        try (Kernels kernels = backend.create()) {
            MemoryPlan memory = MemoryPlan.ofEvaluation(
                    BertMemory.of(config, objective.hasPairs(), kernels), batchSize, seqLen, tokenizer.vocabulary());
            console.say("memory: " + memory.describe());
            TokenDocuments documents = tokenize(text, tokenizer);
            double unknownShare = documents.share(tokenizer.vocabulary().unkId());
            TokenWarnings.unknown(unknownShare, console);
            EvaluationBatches batches = fromOptions(
                    () -> Evaluator.batches(documents, tokenizer.vocabulary(), batchSize, seqLen, seed, objective));
            console.say("evaluating on " + text.description());
            Evaluation evaluation = score(stored, batches, kernels);
            TokenWarnings.fewMasked(evaluation.maskedTokens(), console);
            return fields(evaluation, unknownShare);
        }
    }

    private Evaluation score(StoredModel stored, EvaluationBatches batches, Kernels kernels) {
        try (BertForMaskedLm model = stored.readModel(stored.config(), kernels, backend.type())) {
            requireHead(model);
            try (MlmPass pass = model.plan(batchSize, seqLen, batches.maxMasked())) {
                return new Evaluator(batches).evaluate(pass);
            }
        }
    }

    private void requireHead(BertForMaskedLm model) {
        if (objective.hasPairs() && !model.hasNextSentenceHead()) {
            throw new Cloze4jException(
                    "Expected a model with a next-sentence head for --objective "
                            + OptionValues.name(objective) + ". Received: " + directory
                            + ", which has none, or whose config.json names no BertForPreTraining. Score it with --objective mlm");
        }
    }

    /** In memory: a text to be scored is small beside one to be trained on. */
    private static TokenDocuments tokenize(Corpus text, BertTokenizer tokenizer) {
        try (Stream<String> documents = text.documents()) {
            // A line is a sentence, as in data that is prepared.
            return TokenDocuments.ofSentences(
                    tokenizer.vocabulary().size(),
                    documents
                            .map(document ->
                                    document.lines().map(tokenizer::ids).toList())
                            .toList());
        }
    }

    private static Map<String, @Nullable Object> fields(Evaluation evaluation, double unknownShare) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("mlm_loss", evaluation.mlmLoss());
        fields.put("accuracy", evaluation.accuracy());
        fields.put("perplexity", evaluation.perplexity());
        fields.put("masked_tokens", evaluation.maskedTokens());
        fields.put("unknown_share", unknownShare);
        NextSentenceScore pairs = evaluation.nextSentence();
        if (pairs != null) {
            fields.put("next_sentence_loss", pairs.loss());
            fields.put("next_sentence_accuracy", pairs.accuracy());
            fields.put("pairs", pairs.pairs());
        }
        return fields;
    }
}
