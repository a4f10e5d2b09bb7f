package io.github.cloze4j.pretrained.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.AtomicFileGroup;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.pretrained.ExtraFiles;
import io.github.cloze4j.pretrained.peft.AdapterDirectory;
import io.github.cloze4j.pretrained.peft.StoredAdapter;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.files.TokenizerFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A model and its tokenizer in Hugging Face's layout: {@code config.json}, {@code model.safetensors}, {@code vocab.txt},
 * {@code tokenizer.json}, {@code tokenizer_config.json}. The {@code transformers} library, version 4 or 5, loads what is
 * written here as a {@code BertForMaskedLM}, with a next-sentence head as a {@code BertForPreTraining}, and a decoder as a
 * {@code BertLMHeadModel}, and what it saves as one of the three is read here.
 *
 * <p>A model of the next word ({@link BertConfig#isDecoder}) has a {@code generation_config.json} too. Attention is as {@code
 * is_decoder} says, whatever class {@code config.json} names, as in {@code transformers}.
 *
 * <p>Weights are read from one safetensors file or from shards with an index, in single, double or half precision or
 * bfloat16, under the names of today or of 2019, with or without {@code bert.} before them. Pooler and next-sentence head
 * are read where {@code config.json} names the architecture {@code BertForPreTraining} or {@link StoredModel#readForTraining}
 * asks for them, and ignored otherwise; the latter also reads a pooler alone, as a {@code BertModel} has it. A decoder that {@code
 * config.json} ties to the word embeddings may be stored or not; where it is stored with other numbers, {@code transformers}
 * 4 ignores it, {@code transformers} 5 uses it, and here it is refused.
 *
 * <p>Each method reads a directory as it was at one moment, also while another program replaces the model. {@link StoredModel}
 * reads tokenizer and weights of one moment.
 *
 * <p>Tensors that the model does not need, and a prefix before all names, such as {@code module.}, are named in one logged
 * warning. Numbers that are read must be finite.
 *
 * <p>Thread-safe: threads may read any directories, and write to different ones. Works on an interrupted thread too, which
 * stays interrupted.
 */
public final class ModelDirectory {
    static final String CONFIG = "config.json";

    /** Names such as bert-base-uncased and google/bert_uncased_L-2_H-128_A-2. */
    private static final Pattern HUB_NAME = Pattern.compile("[A-Za-z0-9][\\w.-]*(/[A-Za-z0-9][\\w.-]*)?");

    private ModelDirectory() {}

    /**
     * Writes a model, replacing one that stands there; the directory's other files and directories stay. Parameters are
     * written in single precision. One process may write to a directory at a time. If another thread trains the model, the
     * weights after a whole step are written.
     *
     * @param directory made if need be
     * @param tokenizer with a vocabulary of at most the model's size
     * @param extraFiles name → text of further files, such as {@code README.md}
     * @throws Cloze4jException if anything cannot be written; a former model is then as it was
     */
    public static void write(Path directory, Bert model, BertTokenizer tokenizer, Map<String, String> extraFiles) {
        write(directory, model, tokenizer, extraFiles, List.of());
    }

    /** The same with tensors that are not of the model. */
    public static void write(
            Path directory,
            Bert model,
            BertTokenizer tokenizer,
            Map<String, String> extraFiles,
            List<NamedTensor> extraTensors) {
        String architecture =
                ConfigJson.architecture(model.config(), model.parameters().parameters());
        int padId = tokenizer.vocabulary().padId();
        ObjectNode config = ConfigJson.fields(model.config(), architecture, padId);
        write(directory, model, config, tokenizer, extraFiles, extraTensors);
    }

    /**
     * Writes a fine-tuned model, as {@link #write(Path, Bert, BertTokenizer, Map)} writes a pretrained one.
     *
     * @param head the head of the model, for {@code config.json}
     */
    public static void writeFineTuned(
            Path directory, Bert model, TaskHead head, BertTokenizer tokenizer, Map<String, String> extraFiles) {
        int padId = tokenizer.vocabulary().padId();
        write(directory, model, ConfigJson.fields(model.config(), head, padId), tokenizer, extraFiles, List.of());
    }

    /**
     * Writes the adapter of a model with low-rank updates, as {@link AdapterDirectory#write} does, with the tokenizer and {@code
     * config.json} of the adapted model beside it. {@link #open} reads it together with its base.
     *
     * @param head the head of a model that is fine-tuned; empty for further pretraining
     * @param base the directory of the model that was adapted, or its name, for PEFT and for {@link #open}
     */
    public static void writeAdapter(
            Path directory,
            Bert model,
            Optional<TaskHead> head,
            BertTokenizer tokenizer,
            String base,
            Map<String, String> extraFiles) {
        int padId = tokenizer.vocabulary().padId();
        ObjectNode config = head.map(described -> ConfigJson.fields(model.config(), described, padId))
                .orElseGet(() -> ConfigJson.fields(
                        model.config(),
                        ConfigJson.architecture(
                                model.config(), model.parameters().parameters()),
                        padId));
        Map<String, String> texts = description(directory, model.config(), config, tokenizer);
        ExtraFiles.add(texts, extraFiles, WeightFiles.SINGLE);
        AdapterDirectory.write(directory, model, base, texts);
    }

    private static void write(
            Path directory,
            Bert model,
            ObjectNode config,
            BertTokenizer tokenizer,
            Map<String, String> extraFiles,
            List<NamedTensor> extraTensors) {
        Map<String, String> texts = description(directory, model.config(), config, tokenizer);
        ExtraFiles.add(texts, extraFiles, WeightFiles.SINGLE);
        // One state of the weights, also of a model that another thread trains.
        model.parameters().kernels().exclusively(() -> {
            AtomicFileGroup.replace(directory, staging -> {
                writeTexts(staging, texts);
                ModelWeights.write(staging.resolve(WeightFiles.SINGLE), model, extraTensors);
            });
            return directory;
        });
    }

    /**
     * Writes what a model is before it has weights: its configuration and its tokenizer, for {@link #readConfig} and {@link
     * #readTokenizer}.
     *
     * @param directory made if need be
     * @throws Cloze4jException if anything cannot be written
     */
    public static void writeDescription(Path directory, BertConfig config, BertTokenizer tokenizer) {
        int padId = tokenizer.vocabulary().padId();
        Map<String, String> texts = description(
                directory, config, ConfigJson.fields(config, ConfigJson.languageModel(config), padId), tokenizer);
        AtomicFileGroup.replace(directory, staging -> writeTexts(staging, texts));
    }

    private static Map<String, String> description(
            Path directory, BertConfig config, ObjectNode configFields, BertTokenizer tokenizer) {
        config.requireVocabulary(tokenizer.vocabulary().size());
        Map<String, String> texts = new TreeMap<>(TokenizerFiles.write(tokenizer, config.maxPositionEmbeddings()));
        texts.putAll(TokenizerFiles.neutralized(directory));
        texts.put(CONFIG, StrictJson.toText(configFields));
        if (ConfigJson.isOfNextWord(configFields)) {
            texts.put(GenerationFile.NAME, GenerationFile.text(directory, tokenizer.vocabulary()));
        }
        return texts;
    }

    private static void writeTexts(Path staging, Map<String, String> texts) {
        texts.forEach((name, text) -> AtomicFiles.write(staging.resolve(name), text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Shape and constants of the model.
     *
     * @throws CheckpointFormatException if there is no {@code config.json}, or it is damaged or of another kind of model
     */
    public static BertConfig readConfig(Path directory) {
        if (AdapterDirectory.isAdapter(directory)) {
            try (StoredModel adapted = open(directory)) {
                return adapted.config();
            }
        }
        return OneState.read(directory, current -> ConfigJson.read(existing(directory, current, CONFIG)));
    }

    /**
     * Opens a directory: reads the configuration, the tokenizer and which parts have weights, and reads the weights that are
     * asked for later. All of it belongs to one model, also while another program replaces the model.
     *
     * <p>The directory of an adapter in PEFT's layout is read as the merged model. Its base is the directory that {@code
     * base_model_name_or_path} names; {@link #openAdapted} takes another. {@code config.json} and the tokenizer are the
     * adapter's, if it has them, and else the base's.
     *
     * @return to be closed by the caller
     * @throws CheckpointFormatException if {@code config.json} or the weights are missing, damaged or of another kind of model, or
     *     change all the time. A tokenizer that cannot be read is no failure before {@link StoredModel#tokenizer}
     */
    public static StoredModel open(Path directory) {
        if (!AdapterDirectory.isAdapter(directory)) {
            return OneState.read(directory, current -> new StoredModel(directory, current, true));
        }
        try (StoredAdapter adapter = AdapterDirectory.open(directory)) {
            return openAdapted(directory, baseOf(directory, adapter));
        }
    }

    private static Path baseOf(Path directory, StoredAdapter adapter) {
        String name = adapter.baseModel().orElse("");
        try {
            Path base = Path.of(name);
            if (!name.isEmpty() && Files.isDirectory(base)) {
                return base;
            }
        } catch (InvalidPathException noPath) {
            // A name that is no path is not found either.
        }
        throw new CheckpointFormatException(directory
                + ": Expected the directory of the model that the adapter was trained"
                + " on as base_model_name_or_path of adapter_config.json. Received: " + name.replaceAll("\\s+", " ")
                + ", which is no directory here. Write the directory of that model there");
    }

    /**
     * Opens an adapter on a base that is named here.
     *
     * @param directory of the adapter
     * @param base the directory of the model that the adapter was trained on
     * @throws CheckpointFormatException as {@link #open} says, or if the adapter is for another base as far as that can be known:
     *     tensors of another shape or of layers that the base lacks, and, of adapters that were written here, other weights
     */
    public static StoredModel openAdapted(Path directory, Path base) {
        if (AdapterDirectory.isAdapter(base)) {
            throw new CheckpointFormatException(
                    directory + ": Expected a whole model as the base of an adapter. Received: " + base
                            + ", another adapter. Merge that into a model first");
        }
        return OneState.read(
                directory,
                current -> OneState.read(base, currentBase -> new StoredModel(directory, current, base, currentBase)));
    }

    /**
     * The model with the heads that {@code config.json} names; close it to free its memory. {@link #open} reads other parts, or
     * with other constants.
     *
     * @throws CheckpointFormatException if files are missing, damaged, contradictory or of another kind of model, or the
     *     model has no head of language modelling
     */
    public static Bert readModel(Path directory, Kernels kernels) {
        try (StoredModel stored = AdapterDirectory.isAdapter(directory)
                ? open(directory)
                : OneState.read(directory, current -> new StoredModel(directory, current, false))) {
            return stored.readModel(stored.config(), kernels);
        }
    }

    /**
     * The tokenizer.
     *
     * @throws CheckpointFormatException if there is neither a {@code vocab.txt} nor a {@code tokenizer.json}
     * @throws CorpusException if its files are damaged, contradict each other or are of another tokenizer
     */
    public static BertTokenizer readTokenizer(Path directory) {
        if (AdapterDirectory.isAdapter(directory)) {
            try (StoredModel adapted = open(directory)) {
                return adapted.tokenizer();
            }
        }
        return OneState.read(directory, current -> tokenizer(directory, current));
    }

    static BertTokenizer tokenizer(Path directory, Path current) {
        if (!TokenizerFiles.exist(current)) {
            existing(directory, current, "vocab.txt");
        }
        return TokenizerFiles.read(current);
    }

    /**
     * The path of a file that must be there.
     *
     * @param directory for the message
     * @param current where the files are, as {@link OneState} says
     */
    static Path existing(Path directory, Path current, String name) {
        if (!Files.isDirectory(directory)) {
            boolean hubName = !Files.exists(directory)
                    && HUB_NAME.matcher(directory.toString()).matches();
            throw new CheckpointFormatException("Expected the directory of a model. Received: " + directory
                    + (Files.exists(directory) ? ", which is a file" : ", which does not exist")
                    + (hubName
                            ? ". A model of the Hugging Face hub is not downloaded by its name: download its files (hf"
                                    + " download " + directory + " --local-dir DIR), and name their directory"
                            : ". Name the directory that holds " + CONFIG));
        }
        Path path = current.resolve(name);
        if (!Files.isRegularFile(path)) {
            throw new CheckpointFormatException(
                    directory + ": Expected a model in Hugging Face's layout. Received: no file " + name
                            + ". Name another directory, or bring the missing file there");
        }
        return path;
    }
}
