package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.peft.StoredAdapter;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.files.TokenizerFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model directory as it was when it was opened: tokenizer, configuration and weights are those of one model, also if another
 * program replaces the model meanwhile. {@link ModelDirectory#write} and whatever else renames new files into place cannot
 * change what an open {@code StoredModel} reads.
 *
 * <pre>{@code
 * try (StoredModel stored = ModelDirectory.open(Path.of("my-bert"));
 *         Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
 *         Bert model = stored.readModel(stored.config(), kernels);
 *         FillMask fillMask = new FillMask(model, stored.tokenizer())) {
 *     System.out.println(fillMask.fill("the capital of france is [MASK] .", 5));
 * }
 * }</pre>
 */
public final class StoredModel implements AutoCloseable {
    private final WeightSource weights;
    private final BertConfig config;
    private final boolean nextSentenceHead;
    private final Optional<TaskHead> taskHead;
    private final Set<String> parts;
    private final @Nullable BertTokenizer tokenizer;
    /** Says why there is no tokenizer. */
    private final @Nullable Cloze4jException noTokenizer;

    /** @param withTokenizer whether the tokenizer is read, if it can be */
    StoredModel(Path directory, Path current, boolean withTokenizer) {
        this(
                ModelDirectory.existing(directory, current, ModelDirectory.CONFIG),
                withTokenizer ? () -> ModelDirectory.tokenizer(directory, current) : null,
                () -> WeightFiles.open(current));
    }

    /** An adapter on its base. */
    StoredModel(Path directory, Path current, Path base, Path currentBase) {
        this(
                Files.isRegularFile(current.resolve(ModelDirectory.CONFIG))
                        ? current.resolve(ModelDirectory.CONFIG)
                        : ModelDirectory.existing(base, currentBase, ModelDirectory.CONFIG),
                () -> TokenizerFiles.exist(current)
                        ? ModelDirectory.tokenizer(directory, current)
                        : ModelDirectory.tokenizer(base, currentBase),
                () -> AdaptedWeights.open(directory, currentBase));
    }

    private StoredModel(Path configPath, @Nullable Supplier<BertTokenizer> tokenizers, Supplier<WeightSource> opener) {
        config = ConfigJson.read(configPath);
        nextSentenceHead = ConfigJson.hasNextSentenceHead(configPath);
        taskHead = ConfigJson.taskHead(configPath);
        BertTokenizer read = null;
        Cloze4jException failure = null;
        if (tokenizers != null) {
            try {
                read = tokenizers.get();
            } catch (Cloze4jException unreadable) {
                failure = unreadable;
            }
        }
        tokenizer = read;
        noTokenizer = failure;
        weights = opener.get();
        try {
            parts = Collections.unmodifiableSet(
                    ModelParts.of(ModelWeights.names(weights).all()));
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    /** Shape and constants of the model. */
    public BertConfig config() {
        return config;
    }

    /**
     * The tokenizer.
     *
     * @throws CheckpointFormatException if the directory has neither a {@code vocab.txt} nor a {@code tokenizer.json}
     * @throws CorpusException if the tokenizer's files are damaged, contradict each other or are of another tokenizer
     */
    public BertTokenizer tokenizer() {
        if (noTokenizer != null) {
            throw noTokenizer;
        }
        if (tokenizer == null) {
            throw new IllegalStateException("Expected a model that was opened with its tokenizer");
        }
        return tokenizer;
    }

    /** The head of a fine-tuned model, as {@code config.json} describes it; empty for a model that was only pretrained. */
    public Optional<TaskHead> taskHead() {
        return taskHead;
    }

    /**
     * The fine-tuned model; close it to free its memory.
     *
     * @throws CheckpointFormatException if {@code config.json} describes no fine-tuned model, or the files are damaged, of
     *     another shape or not finite
     */
    public Bert readFineTuned(Kernels kernels) {
        TaskHead head = taskHead.orElseThrow(() -> new CheckpointFormatException(weights.path()
                + ": Expected a fine-tuned model, with a head for a task. Received: a model with " + parts
                + ". Fine-tune it first"));
        return readScored(config, List.of(head.head()), kernels);
    }

    /** The parts that have weights here, named as {@link ModelParts} names them, whatever {@code config.json} says. */
    public Set<String> parts() {
        return parts;
    }

    /** The parts of a model that have no weights here, so that {@link #readForTraining} draws them at random. */
    public Set<String> missing(Bert model) {
        Set<String> missing = ModelParts.ofAll(model.parameters().parameters());
        missing.removeAll(parts);
        return missing;
    }

    /**
     * The model with its head of language modelling, and with the next-sentence head if {@code config.json} names it; close it to
     * free its memory. The head is {@link LanguageModelHead#MASKED}, of a decoder {@link LanguageModelHead#NEXT_WORD}, and of a
     * sequence-to-sequence model {@link LanguageModelHead#PREFIX}.
     *
     * @param wanted {@link #config}, or the same shape with other constants, such as another dropout
     * @throws CheckpointFormatException if the files are damaged, of another shape, not finite, or the model has no
     *     head of language modelling
     */
    public Bert readModel(BertConfig wanted, Kernels kernels) {
        return ModelWeights.readNamed(weights, wanted, words(wanted), nextSentenceHead, kernels);
    }

    private HeadKind words(BertConfig wanted) {
        if (!wanted.isDecoder()) {
            return LanguageModelHead.MASKED;
        }
        return writesText() ? LanguageModelHead.PREFIX : LanguageModelHead.NEXT_WORD;
    }

    private boolean writesText() {
        return taskHead.filter(head -> head.kind().writesText()).isPresent();
    }

    /**
     * The same with certain heads, which must be stored.
     *
     * @param heads of the model
     */
    public Bert readScored(BertConfig wanted, List<HeadKind> heads, Kernels kernels) {
        return ModelWeights.read(weights, wanted, heads, kernels);
    }

    /**
     * A model to be trained further, with the heads that are to be trained, whatever heads are stored. Parts that are not stored
     * begin with random weights: the same as those of a new model of this seed. {@link #missing} names these parts.
     *
     * @param wanted {@link #config}, or the same shape with other constants, such as another dropout
     * @param heads the heads of the model
     * @param trained tells from a parameter's name whether it is trained; the others are frozen
     * @param seed the seed of the random weights
     * @throws CheckpointFormatException if the files are damaged, of another shape, or not finite
     */
    public Bert readForTraining(
            BertConfig wanted,
            List<HeadKind> heads,
            Predicate<String> trained,
            Kernels kernels,
            long seed,
            Initialization initialization) {
        return readForTraining(wanted, heads, trained, null, kernels, seed, initialization);
    }

    /**
     * A model to be trained further with low-rank updates, which begin as those of a new model of this seed.
     *
     * @param trained tells from a parameter's name whether it is trained, such as {@link LoraConfig#trains}
     * @param lora the updates; null for none
     */
    public Bert readForTraining(
            BertConfig wanted,
            List<HeadKind> heads,
            Predicate<String> trained,
            @Nullable LoraConfig lora,
            Kernels kernels,
            long seed,
            Initialization initialization) {
        Bert model = ModelWeights.readStored(weights, wanted, heads, trained, lora, kernels);
        try {
            Set<String> missing = missing(model);
            model.initialize(
                    seed, initialization, name -> LowRank.isParameter(name) || missing.contains(ModelParts.of(name)));
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * This model with an adapter on it, to be trained further: the updates, and the pooler and the head if the adapter has them,
     * are trained; all else is frozen, as {@link LoraConfig#trains} says.
     *
     * @param adapter one that was trained on this model
     * @param wanted {@link #config}, or the same shape with other constants, such as another dropout
     * @param heads the heads of the model, each of which is stored here or is the adapter's
     * @return a model with low-rank updates, to be closed by the caller
     * @throws CheckpointFormatException if the files of either are damaged, the adapter is for another base, or neither has a
     *     part of the model
     */
    public Bert readAdapted(StoredAdapter adapter, BertConfig wanted, List<HeadKind> heads, Kernels kernels) {
        Bert model = ModelWeights.readStored(weights, wanted, heads, LoraConfig::trains, adapter.lora(), kernels);
        try {
            Set<String> missing = missing(model);
            adapter.load(
                    model,
                    model.parameters().parameters().stream()
                            .map(Parameter::name)
                            .filter(name -> !LowRank.isParameter(name) && missing.contains(ModelParts.of(name)))
                            .collect(Collectors.toSet()));
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * The model without any head, for {@link io.github.cloze4j.model.InferencePass#hiddenStates}. Reads what a {@code
     * BertModel} saved, and the encoder of a model with any head.
     *
     * @param wanted {@link #config}, or the same shape with other constants, such as another dropout
     * @throws IllegalArgumentException if the model is a sequence-to-sequence model, whose encoder reads sources in another way than
     *     targets
     * @throws CheckpointFormatException if the files are damaged, of another shape, or not finite
     */
    public Bert readEncoder(BertConfig wanted, Kernels kernels) {
        if (writesText()) {
            throw TaskKind.writesTextRefused();
        }
        return ModelWeights.read(weights, wanted, List.of(), kernels);
    }

    /** Closes the files; models that were read do not need them. */
    @Override
    public void close() {
        weights.close();
    }
}
