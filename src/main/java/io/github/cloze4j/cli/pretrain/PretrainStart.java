package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.cli.AdapterOptions;
import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.ModelOptions;
import io.github.cloze4j.cli.finetune.TaskUse;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.monitor.ModelUse;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.ModelParts;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.pretrained.huggingface.VocabularyExtension;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The model that a run begins with, if that is not a new one. */
final class PretrainStart {
    @Option(
            names = PretrainDefaults.FROM,
            paramLabel = "DIR",
            description = "Train a model in Hugging Face's layout further; its shape, vocabulary and tokenizer stay"
                    + " (default: a new model).")
    private @Nullable Path from;

    @Mixin
    private AdapterOptions adapter = new AdapterOptions();

    @Option(
            names = PretrainDefaults.EXTEND_VOCABULARY,
            paramLabel = "FILE",
            description = "With --from: further tokens, one a line, each of which begins as the mean of the pieces that"
                    + " it has been split into.")
    private @Nullable Path furtherTokens;

    /** @throws IllegalArgumentException if options exclude each other, or the model has too few positions or token types */
    void check(PretrainOutput output, ModelOptions shape, PretrainingConfig pretraining) {
        if (from == null && furtherTokens != null) {
            throw new IllegalArgumentException(
                    "Expected --extend-vocab with --from, a model whose vocabulary it extends. Received: no --from."
                            + " Name a model, or leave --extend-vocab out");
        }
        if (adapter.lora().isPresent()) {
            requireAdaptable(pretraining);
        }
        if (from != null && isSame(from, output.directory())) {
            throw new IllegalArgumentException("Expected --output to be another directory than --from, where nothing is"
                    + " changed. Received: " + from + " for both. Name another --output");
        }
        BertConfig config = from == null
                ? shape.config(BertConfig.MAXIMUM_VOCABULARY)
                // A run that has begun keeps what it began with, and may have lost the model.
                : shape.config(ModelDirectory.readConfig(Files.exists(output.start()) ? output.start() : from));
        config.requireSeqLen(pretraining.seqLen());
        config.requireTokenTypes(pretraining.objectives().tokenTypes());
    }

    private void requireAdaptable(PretrainingConfig pretraining) {
        if (from == null) {
            throw new IllegalArgumentException(
                    "Expected --adapter with --from, the model that it is for. Received: no --from."
                            + " Name a model, or leave --adapter out");
        }
        if (furtherTokens != null) {
            throw new IllegalArgumentException("Expected --adapter or --extend-vocab. Received: both. An adapter leaves"
                    + " the embeddings as they are: leave one of them out");
        }
        if (pretraining.objectives().last().hasPairs()) {
            throw new IllegalArgumentException(
                    "Expected --objective mlm, clm or prefix-lm with --adapter. Received: one"
                            + " with pairs. An adapter holds no next-sentence head: leave --objective out");
        }
    }

    /** Also by a link, or before either is there. */
    private static boolean isSame(Path a, Path b) {
        try {
            return absolute(a).equals(absolute(b)) || (Files.exists(a) && Files.exists(b) && Files.isSameFile(a, b));
        } catch (IOException unreadable) {
            // Whoever reads there says why.
            return false;
        }
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** Whether the run trains a model that exists. */
    boolean isGiven() {
        return from != null;
    }

    /**
     * What the run begins with, or null for a new model.
     *
     * @param begun whether a checkpoint holds the weights, so that the model is not needed again
     * @param options say which heads the model has, and how to draw what it lacks
     */
    @Nullable
    GivenModel open(
            PretrainOutput output, ModelOptions shape, boolean begun, PretrainingOptions options, Console console) {
        if (from == null) {
            return null;
        }
        if (begun) {
            BertTokenizer tokenizer = ModelDirectory.readTokenizer(output.start());
            BertConfig config = trained(shape.config(ModelDirectory.readConfig(output.start())), options);
            config.requireVocabulary(tokenizer.vocabulary().size());
            return new GivenModel(
                    tokenizer,
                    config,
                    kernels -> new Bert(
                            config,
                            heads(options),
                            adapter::trains,
                            adapter.lora().orElse(null),
                            kernels),
                    null);
        }
        adapter.requireWholeBase(from);
        // Stays open until its weights are read, so that they are those of this vocabulary.
        StoredModel stored = ModelDirectory.open(from);
        try {
            return given(stored, shape, options, console);
        } catch (RuntimeException | Error e) {
            stored.close();
            throw e;
        }
    }

    private GivenModel given(StoredModel stored, ModelOptions shape, PretrainingOptions options, Console console) {
        BertTokenizer tokenizer = stored.tokenizer();
        BertConfig config = trained(shape.config(stored.config()), options);
        if (config.isDecoder() != stored.config().isDecoder()) {
            console.say(
                    config.isDecoder()
                            ? "the model becomes one of the next word: a token sees only the tokens before it"
                            : "the model becomes one of masked words: a token sees the whole text");
        }
        config.requireVocabulary(tokenizer.vocabulary().size());
        if (furtherTokens == null) {
            return new GivenModel(
                    tokenizer, config, kernels -> read(stored, config, kernels, options, console), stored);
        }
        VocabularyExtension extension = VocabularyExtension.read(tokenizer, furtherTokens);
        console.say("vocabulary: " + extension.added().size() + " tokens added, "
                + extension.tokenizer().vocabulary().size() + " in all"
                + (extension.known().isEmpty()
                        ? ""
                        : "; left out, because they are there: " + String.join(" ", extension.known())));
        BertConfig extended = config.toBuilder()
                .vocabSize(Math.max(
                        config.vocabSize(), extension.tokenizer().vocabulary().size()))
                .build();
        GivenModel.Weights weights = kernels -> {
            try (Bert model = read(stored, config, kernels, options, console)) {
                return extension.apply(model);
            }
        };
        return new GivenModel(extension.tokenizer(), extended, weights, stored);
    }

    private static List<HeadKind> heads(PretrainingOptions options) {
        return PretrainingHeads.of(options.config().objectives());
    }

    private static BertConfig trained(BertConfig config, PretrainingOptions options) {
        return PretrainingHeads.config(config, options.config().objectives());
    }

    private Bert read(
            StoredModel stored, BertConfig config, Kernels kernels, PretrainingOptions options, Console console) {
        Bert model = stored.readForTraining(
                config,
                heads(options),
                adapter::trains,
                adapter.lora().orElse(null),
                kernels,
                options.config().seed(),
                options.initialization());
        Set<String> random = stored.missing(model);
        if (random.contains(ModelParts.MASKED_LM)) {
            requireHead(model);
            console.say("the model has no head of language modelling: that begins with random weights");
        }
        if (random.contains(ModelParts.POOLER)) {
            console.say("the model has no next-sentence head: that begins with random weights");
        } else if (random.contains(ModelParts.NEXT_SENTENCE)) {
            console.say(
                    "the model has a pooler without a next-sentence head: the head's scores begin with random weights");
        }
        boolean pairs = options.config().objectives().last().hasPairs();
        if (!pairs && stored.parts().contains(ModelParts.NEXT_SENTENCE)) {
            console.say("the model's next-sentence head is left out: --objective mlm-nsp trains it further");
        }
        return model;
    }

    /** An adapter of pretraining leaves the head as it is, and does not hold it. */
    private void requireHead(Bert model) {
        if (model.lora().isPresent()) {
            model.close();
            throw new Cloze4jException("Expected a model with a masked-language-model head for --adapter. Received: "
                    + from + ", which has none. Name another, or train the whole model");
        }
    }

    /** The memory of the model that is trained. */
    BertMemory memory(BertConfig model, PretrainingConfig task, Kernels kernels) {
        return BertMemory.of(
                model,
                PretrainingHeads.of(task.objectives()),
                adapter::trains,
                adapter.lora().orElse(null),
                kernels);
    }

    /** Says what is trained, if it is an adapter. */
    void sayAdapter(Bert model, Console console) {
        adapter.say(model, console);
    }

    /** How the trained model is used. */
    ModelUse use(Objective last) {
        return adapter.use(
                switch (last) {
                    case MLM, MLM_NSP, MLM_SOP -> ModelUse.FILL_MASK;
                    case CLM -> ModelUse.GENERATE;
                    case PREFIX_LM -> TaskUse.of(TaskKind.SEQ2SEQ);
                });
    }

    /** Writes the trained model, whole or as an adapter. */
    void write(Path directory, Bert model, Objective last, BertTokenizer tokenizer, Map<String, String> texts) {
        Optional<TaskHead> head =
                last == Objective.PREFIX_LM ? Optional.of(new TaskHead(TaskKind.SEQ2SEQ, List.of())) : Optional.empty();
        adapter.write(directory, model, head, tokenizer, from == null ? directory : from, texts);
    }

    /** Keeps what a resumed run has to know of the model before it has one of its own. */
    void record(PretrainOutput output, Bert model, BertTokenizer tokenizer) {
        if (from != null) {
            ModelDirectory.writeDescription(output.start(), model.config(), tokenizer);
        }
    }

    /** For people: where the weights came from. */
    Map<String, String> describe() {
        Map<String, String> origin = new LinkedHashMap<>();
        if (from != null) {
            origin.put("trained further from", from.toString());
            origin.putAll(adapter.describe());
        }
        if (furtherTokens != null) {
            origin.put("vocabulary extended by", furtherTokens.toString());
        }
        return origin;
    }
}
