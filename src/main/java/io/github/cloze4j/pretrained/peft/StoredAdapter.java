package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.FiniteNumbers;
import io.github.cloze4j.pretrained.NameList;
import io.github.cloze4j.pretrained.ParameterBytes;
import io.github.cloze4j.pretrained.huggingface.ModelParts;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An adapter directory that is open: its settings, and its tensors for a model. {@link AdapterDirectory#open} makes it.
 *
 * <pre>{@code
 * try (StoredModel base = ModelDirectory.open(Path.of("my-bert"));
 *         StoredAdapter adapter = AdapterDirectory.open(Path.of("my-adapter"));
 *         Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
 *         Bert adapted = adapter.read(base, base.config(), List.of(MaskedLmHead.KIND), kernels);
 *         Bert merged = adapted.merged()) {
 *     ModelDirectory.write(Path.of("my-merged-bert"), merged, base.tokenizer(), Map.of());
 * }
 * }</pre>
 */
public final class StoredAdapter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoredAdapter.class);

    private final Path path;
    private final AdapterConfig config;
    private final SafeTensorsFile file;
    /** Names in the file by the names of the parameters. */
    private final Map<String, String> inFile = new LinkedHashMap<>();

    private final LoraConfig lora;

    /** @param path the file of the tensors, for messages */
    StoredAdapter(Path path, AdapterConfig config, SafeTensorsFile file) {
        this.path = path;
        this.config = config;
        this.file = file;
        try {
            for (String name : file.names()) {
                AdapterNames.parameter(name).ifPresent(parameter -> inFile.put(parameter, name));
            }
            requireKnownParts();
            lora = settings();
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Trained parts that would be left out in silence, such as a LoRA of the pooler or trained embeddings, are refused. */
    private void requireKnownParts() {
        List<String> others = inFile.keySet().stream()
                .filter(parameter -> LowRank.isParameter(parameter)
                        ? AdapterNames.target(parameter).isEmpty()
                        : !AdapterParts.mayHold(parameter))
                .toList();
        if (!others.isEmpty()) {
            throw new CheckpointFormatException(path + ": Expected low-rank updates of the encoder's linear layers, a"
                    + " pooler and a head of fine-tuning. Received also: " + oneLine(NameList.of(others))
                    + ". Merge the adapter with PEFT (merge_and_unload), and use the merged model");
        }
    }

    private LoraConfig settings() {
        Set<LowRankTarget> targets = EnumSet.noneOf(LowRankTarget.class);
        for (String parameter : inFile.keySet()) {
            AdapterNames.target(parameter).ifPresent(targets::add);
        }
        for (LowRankTarget target : LowRankTarget.values()) {
            if (!targets.contains(target)
                    && config.targetModules().test("bert.encoder.layer.0." + target.module())) {
                throw new CheckpointFormatException(path + ": Expected low-rank updates of all target_modules of "
                        + AdapterConfig.FILE + ". Received: none of " + target.module()
                        + ". Restore both files from one adapter");
            }
        }
        try {
            return new LoraConfig(config.rank(), config.alpha(), config.dropout(), targets, config.rankStabilized());
        } catch (IllegalArgumentException refused) {
            throw new CheckpointFormatException(path + ": " + refused.getMessage(), refused);
        }
    }

    /** The low-rank updates. */
    public LoraConfig lora() {
        return lora;
    }

    /** The model that the adapter was trained on, as its trainer named it: a path, or a name on the Hugging Face hub. */
    public Optional<String> baseModel() {
        return Optional.ofNullable(config.baseModel());
    }

    /**
     * Reads the base and the adapter on it. The adapter's parameters may be trained further; the base is frozen, as {@link
     * LoraConfig#trains} says. Unexpected tensors are named in one logged warning.
     *
     * @param base the model that the adapter was trained on
     * @param wanted the configuration of the base, or the same shape with other constants, such as another dropout
     * @param heads the heads of the model
     * @return a model with low-rank updates, to be closed by the caller
     * @throws CheckpointFormatException if the files of either are damaged, the adapter is for a base of another shape, or
     *     neither has a part of the model
     */
    public Bert read(StoredModel base, BertConfig wanted, List<HeadKind> heads, Kernels kernels) {
        Bert model =
                base.readForTraining(wanted, heads, LoraConfig::trains, lora, kernels, 0, Initialization.NORMAL);
        try {
            Set<String> missingParts = base.missing(model);
            AdapterTensors tensors = tensors(model);
            requireComplete(model, tensors, missingParts);
            kernels.exclusively(() -> {
                tensors.trained().forEach(name -> load(model, name));
                return model;
            });
            LOG.info("{}: {} trained tensors, none missing", path, tensors.trained().size());
            if (!tensors.unexpected().isEmpty()) {
                LOG.warn(
                        "{}: tensors that are not used ({}): {}",
                        path,
                        tensors.unexpected().size(),
                        oneLine(NameList.of(tensors.unexpected())));
            }
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /** Compares the tensors with a model that has these low-rank updates. */
    public AdapterTensors tensors(Bert model) {
        List<String> trained = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (Parameter parameter : model.parameters().parameters()) {
            String name = parameter.name();
            if (inFile.containsKey(name)) {
                trained.add(name);
            } else if (LowRank.isParameter(name) || isNamed(name)) {
                missing.add(name);
            }
        }
        List<String> unexpected = new ArrayList<>(file.names());
        trained.forEach(name -> unexpected.remove(inFile.get(name)));
        return new AdapterTensors(trained, missing, unexpected);
    }

    /** Whether the configuration says that the parameter's module is stored as a whole. */
    private boolean isNamed(String parameter) {
        String module = parameter.substring(0, Math.max(0, parameter.lastIndexOf('.')));
        return config.modulesToSave().stream()
                .anyMatch(saved -> module.endsWith(saved) || (AdapterParts.isOfPooler(parameter) && saved.endsWith("pooler")));
    }

    /** @param missingParts parts of the model that the base lacks, named as {@link ModelParts} names them */
    private void requireComplete(Bert model, AdapterTensors tensors, Set<String> missingParts) {
        List<String> missing = new ArrayList<>(tensors.missing());
        List<String> mismatched = new ArrayList<>();
        for (Parameter parameter : model.parameters().parameters()) {
            String name = parameter.name();
            if (tensors.trained().contains(name)) {
                describeMismatch(parameter, mismatched);
            } else if (missingParts.contains(ModelParts.of(name)) && !missing.contains(name)) {
                missing.add(name);
            }
        }
        String problems = NameList.problems(
                missing,
                "of another shape, or of a type other than " + ParameterBytes.READABLE,
                mismatched,
                tensors.unexpected());
        if (!problems.isEmpty()) {
            throw new CheckpointFormatException(path + ": Expected the trained tensors of this base, with its heads."
                    + " Received: " + tensors.trained().size() + " trained; " + oneLine(problems) + ". Use the base that"
                    + " the adapter was trained on"
                    + baseModel().map(name -> ", " + oneLine(name)).orElse("")
                    + ", or train the head too");
        }
    }

    private void describeMismatch(Parameter parameter, List<String> mismatched) {
        String name = String.valueOf(inFile.get(parameter.name()));
        String type = file.typeName(name);
        boolean readable =
                ParameterBytes.READABLE.stream().anyMatch(known -> known.name().equals(type));
        if (!readable || !Arrays.equals(file.shape(name), parameter.shape())) {
            mismatched.add(parameter.name() + " " + type + " " + Arrays.toString(file.shape(name)) + " where "
                    + Arrays.toString(parameter.shape()) + " is wanted");
        }
    }

    private void load(Bert model, String name) {
        DataType type = model.parameters().type();
        NamedTensor tensor = file.tensor(String.valueOf(inFile.get(name)));
        ByteBuffer numbers = ParameterBytes.of(tensor, type);
        FiniteNumbers.require(path, tensor.name(), tensor.shape(), numbers, type);
        model.parameters()
                .kernels()
                .upload(numbers, model.parameters().parameter(name).value());
    }

    /** Names come from files and may hold line breaks. */
    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }

    /** Closes the file; models that were read do not need it. */
    @Override
    public void close() {
        file.close();
    }
}
