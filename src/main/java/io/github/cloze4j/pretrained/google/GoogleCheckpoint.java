package io.github.cloze4j.pretrained.google;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.files.FileTrees;
import io.github.cloze4j.files.UnfinishedPaths;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.files.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A BERT as Google's code saves it ({@code google-research/bert}): a TensorFlow checkpoint of the second format
 * ({@code bert_model.ckpt.index} and its shards, or the {@code variables} of a SavedModel) with {@code vocab.txt}, and
 * {@code bert_config.json} if there is one. No TensorFlow is needed.
 *
 * <p>Without {@code bert_config.json} the shape is that of the tensors, with heads of size 64, as all models that Google
 * published have them. {@code hidden_act gelu}, or none, is the exact GELU, as Hugging Face converts and runs these models.
 * The code of 2018 computed it so too; later Google's had the tanh approximation under the same name.
 *
 * <p>Tensors are floats, and those of the optimizer are passed over, whatever its name is. The pooler, the scores of
 * next-sentence prediction and the masked-language-model head may be there or not. A tensor of the model that is missing or of
 * another shape is an error; tensors of no use are listed in a warning.
 *
 * <p>Not thread-safe: one thread at a time.
 */
public final class GoogleCheckpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GoogleCheckpoint.class);

    private final CheckpointFiles files;
    private final GoogleWeights weights;
    private final BertConfig config;
    private final Path source;
    /** Where the files lie for as long as this is open; null where they lie in the source itself. */
    private final @Nullable Path unpacked;

    private GoogleCheckpoint(
            Path source, @Nullable Path unpacked, @Nullable Activation hiddenAct, @Nullable String checkpoint) {
        this.source = source;
        this.unpacked = unpacked;
        files = CheckpointFiles.in(unpacked == null ? source : unpacked, checkpoint);
        weights = new GoogleWeights(TensorBundle.open(files.index()));
        Path configPath = files.config();
        config = weights.config(configPath == null ? GoogleConfig.ABSENT : GoogleConfig.read(configPath), hiddenAct);
    }

    /** As {@link #open(Path, Activation, String)}, with the activation of {@code bert_config.json} and the only checkpoint. */
    public static GoogleCheckpoint open(Path source) {
        return open(source, null, null);
    }

    /**
     * Opens a checkpoint and checks all of it but the numbers.
     *
     * @param source a directory; or a zip or jar that holds the files, at any depth or in a zip of its own. It is unpacked
     *     to a temporary directory, which {@link #close} deletes
     * @param hiddenAct the activation; null: the configuration's
     * @param checkpoint the name of the checkpoint, such as {@code model.ckpt-1000}; null if the source has only one
     * @throws CheckpointFormatException if files are missing, damaged or of another kind of model, or the source has several
     *     checkpoints and none is named
     */
    public static GoogleCheckpoint open(Path source, @Nullable Activation hiddenAct, @Nullable String checkpoint) {
        return open(source, hiddenAct, checkpoint, Path.of(System.getProperty("java.io.tmpdir")));
    }

    static GoogleCheckpoint open(
            Path source, @Nullable Activation hiddenAct, @Nullable String checkpoint, Path temporary) {
        if (Files.isDirectory(source)) {
            return new GoogleCheckpoint(source, null, hiddenAct, checkpoint);
        }
        if (!Files.isRegularFile(source)) {
            throw new CheckpointFormatException(
                    "Expected a directory, zip or jar with a TensorFlow checkpoint. Received: " + source
                            + ", which does not exist. Check the path");
        }
        Path unpacked = temporaryDirectory(temporary);
        try {
            CheckpointArchive.unpack(source, unpacked);
            return new GoogleCheckpoint(source, unpacked, hiddenAct, checkpoint);
        } catch (CheckpointFormatException e) {
            delete(unpacked);
            throw inArchive(source, unpacked, e);
        } catch (RuntimeException | Error e) {
            delete(unpacked);
            throw e;
        }
    }

    /** Whether the checkpoint has a masked-language-model head, and not the encoder only. */
    public boolean hasHead() {
        return weights.hasHead();
    }

    /** Shape and constants of the model. */
    public BertConfig config() {
        return config;
    }

    /**
     * The model, with the heads that the checkpoint has; close it to free its memory. It does not need the checkpoint any
     * more.
     *
     * @throws CheckpointFormatException if a tensor is missing, of another shape or type, damaged or not finite
     */
    public Bert readModel(Kernels kernels) {
        try {
            return weights.read(config, kernels);
        } catch (CheckpointFormatException e) {
            throw unpacked == null ? e : inArchive(source, unpacked, e);
        }
    }

    /**
     * Writes the model in Hugging Face's layout, as {@link ModelDirectory#write} does, and beside its tensors the pooler of
     * a checkpoint that does not score what the pooler makes: a next-sentence head can begin with it. Of a checkpoint without
     * a masked-language-model head an encoder is written, as a {@code BertModel}.
     *
     * @param model of {@link #readModel}
     * @param tokenizer of {@link #readTokenizer}
     * @throws CheckpointFormatException if the pooler is damaged
     * @throws Cloze4jException if anything cannot be written; a former model is then as it was
     */
    public void write(Path directory, Bert model, BertTokenizer tokenizer) {
        try {
            List<NamedTensor> pooler =
                    weights.poolerAlone(config, model.parameters().kernels());
            ModelDirectory.write(directory, model, tokenizer, Map.of(), pooler);
        } catch (CheckpointFormatException e) {
            throw unpacked == null ? e : inArchive(source, unpacked, e);
        }
    }

    /**
     * The tokenizer. What a {@code tokenizer_config.json} beside the vocabulary says holds. Without one a warning is logged
     * where the vocabulary speaks against {@code cased}.
     *
     * @param cased whether upper case and accents are kept, where no file says it
     * @throws CheckpointFormatException if the vocabulary is larger than the model's
     * @throws CorpusException if a file is damaged
     */
    public BertTokenizer readTokenizer(boolean cased) {
        Path settings = files.tokenizer();
        BertTokenizer tokenizer;
        if (settings != null) {
            tokenizer = TokenizerFiles.read(settings);
        } else {
            Vocabulary vocabulary = Vocabulary.read(files.vocabulary());
            doubt(vocabulary, cased).ifPresent(LOG::warn);
            tokenizer = new BertTokenizer(vocabulary, cased ? TokenizerConfig.cased() : TokenizerConfig.uncased());
        }
        try {
            config.requireVocabulary(tokenizer.vocabulary().size());
        } catch (IllegalArgumentException larger) {
            throw new CheckpointFormatException(files.vocabulary() + ": " + larger.getMessage(), larger);
        }
        return tokenizer;
    }

    /** What speaks against a vocabulary being cased, or not. */
    static Optional<String> doubt(Vocabulary vocabulary, boolean cased) {
        int upperCase = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            boolean word = !token.startsWith("[") && !token.equals(token.toLowerCase(Locale.ROOT));
            upperCase += word ? 1 : 0;
        }
        if (cased == upperCase > 0) {
            return Optional.empty();
        }
        return Optional.of("Expected "
                + (cased
                        ? "tokens with upper case, because the model is said to be cased"
                        : "no token with upper case, because the model is not said to be cased")
                + ". Received: a vocabulary with " + upperCase + " of them. Check whether the model is cased");
    }

    /** Deletes what was unpacked. */
    @Override
    public void close() {
        if (unpacked != null) {
            delete(unpacked);
        }
    }

    /** The user knows the archive, not what it was unpacked to. */
    private static CheckpointFormatException inArchive(Path archive, Path unpacked, CheckpointFormatException e) {
        return new CheckpointFormatException(
                String.valueOf(e.getMessage()).replace(unpacked.toString(), archive.toString()), e);
    }

    private static Path temporaryDirectory(Path parent) {
        try {
            Path directory = Files.createTempDirectory(parent, "cloze4j-checkpoint-");
            UnfinishedPaths.add(directory);
            return directory;
        } catch (IOException e) {
            throw new Cloze4jException(
                    "Expected to make a temporary directory in " + parent + ", to unpack to. Received: "
                            + FileProblem.of(e).cause()
                            + ". Name another with -Djava.io.tmpdir",
                    e);
        }
    }

    private static void delete(Path directory) {
        try {
            FileTrees.delete(directory);
            UnfinishedPaths.remove(directory);
        } catch (IOException e) {
            LOG.warn("{}: expected to delete it, received {}; delete it yourself", directory, e.toString());
        }
    }
}
