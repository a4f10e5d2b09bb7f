package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFileGroup;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.ExtraFiles;
import io.github.cloze4j.pretrained.NameList;
import io.github.cloze4j.pretrained.SinglePrecision;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.TensorSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank adapters in PEFT's layout: {@code adapter_config.json} and {@code adapter_model.safetensors}. PEFT loads what is
 * written here ({@code PeftModel.from_pretrained}), and its own adapters of a BERT are read here.
 *
 * <p>An adapter holds the low-rank updates, the scores of a head of fine-tuning, and the pooler if it was trained. It is of no
 * use without the model that it was trained on.
 *
 * <p>Thread-safe: threads may read any directories, and write to different ones.
 */
public final class AdapterDirectory {
    static final String TENSORS = "adapter_model.safetensors";

    /** Adapters of older versions of PEFT, which are programs for another interpreter. */
    private static final String FOREIGN = "adapter_model.bin";

    private AdapterDirectory() {}

    /**
     * Writes the adapter of a model, replacing one that stands there; other files of the directory stay. If another thread
     * trains the model, the weights after a whole step are written.
     *
     * @param directory made if need be
     * @param model a model with low-rank updates
     * @param baseModel the model that was adapted, as a path or a name: PEFT loads the base by it. Null for none
     * @param extraFiles name → text of further files, such as {@code README.md}
     * @throws IllegalArgumentException if the model has no low-rank updates, or if parameters were trained that an adapter
     *     does not hold
     * @throws Cloze4jException if anything cannot be written; a former adapter is then as it was
     */
    public static void write(Path directory, Bert model, @Nullable String baseModel, Map<String, String> extraFiles) {
        model.parameters().requireOpen();
        LoraConfig lora = model.lora()
                .orElseThrow(() -> new IllegalArgumentException("Expected a model with low-rank updates."
                        + " Received: one without. Make the model with a LoraConfig"));
        List<TensorSource> tensors = tensors(model);
        Map<String, String> texts = new TreeMap<>();
        texts.put(AdapterConfig.FILE, AdapterConfig.write(model, lora, AdapterTask.of(model), baseModel));
        ExtraFiles.add(texts, extraFiles, TENSORS);
        model.parameters().kernels().exclusively(() -> {
            AtomicFileGroup.replace(directory, staging -> {
                texts.forEach((name, text) ->
                        AtomicFiles.write(staging.resolve(name), text.getBytes(StandardCharsets.UTF_8)));
                String checksum = BaseChecksum.text(BaseChecksum.of(model));
                SafeTensors.write(
                        staging.resolve(TENSORS), tensors, Map.of("format", "pt", BaseChecksum.FIELD, checksum));
            });
            return directory;
        });
    }

    private static List<TensorSource> tensors(Bert model) {
        Kernels kernels = model.parameters().kernels();
        boolean bare = model.heads().isEmpty();
        List<TensorSource> tensors = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        for (Parameter parameter : model.parameters().parameters()) {
            if (AdapterParts.isStored(parameter)) {
                tensors.add(new SinglePrecision(AdapterNames.inFile(parameter.name(), bare), parameter, kernels));
            } else if (parameter.trained()) {
                lost.add(parameter.name());
            }
        }
        if (!lost.isEmpty()) {
            throw new IllegalArgumentException(
                    "Expected low-rank updates, a pooler and a head of fine-tuning as the only"
                            + " trained parameters of an adapted model. Received also: " + NameList.of(lost)
                            + ". Freeze them, or merge the model and write all of it");
        }
        tensors.sort(Comparator.comparing(TensorSource::name));
        return tensors;
    }

    /** Whether a directory holds an adapter, and not a model. */
    public static boolean isAdapter(Path directory) {
        return Files.isRegularFile(AtomicFileGroup.current(directory).resolve(AdapterConfig.FILE));
    }

    /**
     * Opens an adapter: reads its configuration and the names of its tensors, and reads the tensors that are asked for later.
     *
     * @return to be closed by the caller
     * @throws CheckpointFormatException if files are missing or damaged, or the adapter is of a kind that is not computed here
     */
    public static StoredAdapter open(Path directory) {
        Path current = AtomicFileGroup.current(directory);
        for (String name : List.of(AdapterConfig.FILE, TENSORS)) {
            if (!Files.isRegularFile(current.resolve(name))) {
                boolean old = Files.exists(current.resolve(FOREIGN));
                throw new CheckpointFormatException(directory + ": Expected an adapter in PEFT's layout. Received: "
                        + (Files.isDirectory(directory) ? "no file " + name : "no such directory")
                        + (old
                                ? ", but " + FOREIGN
                                        + ", which is not read here. Load the adapter with PEFT and save it"
                                        + " with save_pretrained, which writes safetensors"
                                : ". Name the directory that holds " + AdapterConfig.FILE));
            }
        }
        return new StoredAdapter(
                directory.resolve(TENSORS),
                AdapterConfig.read(current.resolve(AdapterConfig.FILE)),
                SafeTensors.open(current.resolve(TENSORS)));
    }
}
