package io.github.cloze4j.pretrained;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.checkpoint.AtomicFileGroup;
import io.github.cloze4j.checkpoint.AtomicFiles;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A model and its tokenizer in Hugging Face's layout: {@code config.json}, {@code model.safetensors}, {@code vocab.txt},
 * {@code tokenizer.json}, {@code tokenizer_config.json}. The {@code transformers} library loads what is written here as a
 * {@code BertForMaskedLM}, and what it saves as one is read here.
 */
public final class ModelDirectory {
    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";

    private ModelDirectory() {}

    /**
     * Writes a model, replacing one that stands there; the directory's other files and directories stay. Parameters are
     * written in single precision. One process may write to a directory at a time.
     *
     * @param directory made if need be
     * @param tokenizer with a vocabulary of at most the model's size
     * @param extraFiles name → text of further files, such as {@code README.md}
     * @throws Cloze4jException if anything cannot be written; a former model is then as it was
     */
    public static void write(
            Path directory, BertForMaskedLm model, BertTokenizer tokenizer, Map<String, String> extraFiles) {
        Map<String, String> texts = description(model.config(), tokenizer);
        extraFiles.forEach((name, text) -> {
            boolean plain = !name.isEmpty() && !name.startsWith(".") && name.indexOf('/') < 0 && name.indexOf('\\') < 0;
            if (!plain || name.equals(WEIGHTS) || texts.put(name, text) != null) {
                throw new IllegalArgumentException("Expected further files with names of their own, such as README.md."
                        + " Received: '" + name + "'. Choose another name");
            }
        });
        AtomicFileGroup.replace(directory, staging -> {
            writeTexts(staging, texts);
            ModelWeights.write(staging.resolve(WEIGHTS), model);
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
        Map<String, String> texts = description(config, tokenizer);
        AtomicFileGroup.replace(directory, staging -> writeTexts(staging, texts));
    }

    private static Map<String, String> description(BertConfig config, BertTokenizer tokenizer) {
        config.requireVocabulary(tokenizer.vocabulary().size());
        Map<String, String> texts = new TreeMap<>(TokenizerFiles.write(tokenizer));
        texts.put(CONFIG, ConfigJson.write(config, tokenizer.vocabulary().padId()));
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
        return ConfigJson.read(existing(directory, CONFIG));
    }

    /**
     * The model; close it to free its memory. Weights may be stored in single, double or half precision or bfloat16.
     * Tensors that masked language modelling has no use for (pooler, next-sentence head) are ignored.
     *
     * @param type FLOAT or DOUBLE, as the kernels compute
     * @throws CheckpointFormatException if files are missing, damaged, contradictory or of another kind of model
     */
    public static BertForMaskedLm readModel(Path directory, Kernels kernels, DataType type) {
        return readModel(directory, readConfig(directory), kernels, type);
    }

    /**
     * The same with constants of one's own, such as another dropout.
     *
     * @param config {@link #readConfig}'s, of the same shape
     * @param type FLOAT or DOUBLE, as the kernels compute
     * @throws CheckpointFormatException if files are missing, damaged or of another shape
     */
    public static BertForMaskedLm readModel(Path directory, BertConfig config, Kernels kernels, DataType type) {
        return ModelWeights.read(existing(directory, WEIGHTS), config, kernels, type);
    }

    /**
     * The tokenizer.
     *
     * @throws CheckpointFormatException if there is no {@code vocab.txt}
     * @throws CorpusException if its files are damaged
     */
    public static BertTokenizer readTokenizer(Path directory) {
        existing(directory, "vocab.txt");
        return TokenizerFiles.read(AtomicFileGroup.current(directory));
    }

    private static Path existing(Path directory, String name) {
        if (!Files.isDirectory(directory)) {
            throw new CheckpointFormatException("Expected the directory of a model. Received: " + directory
                    + (Files.exists(directory) ? ", which is a file" : ", which does not exist")
                    + ". Name the directory that holds " + CONFIG);
        }
        Path path = AtomicFileGroup.current(directory).resolve(name);
        if (!Files.isRegularFile(path)) {
            throw new CheckpointFormatException(
                    directory + ": Expected a model in Hugging Face's layout. Received: no file " + name
                            + ". Name another directory, or bring the missing file there");
        }
        return path;
    }
}
