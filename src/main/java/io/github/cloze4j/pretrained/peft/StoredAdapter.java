package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.LowRankMerge;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.FiniteNumbers;
import io.github.cloze4j.pretrained.NameList;
import io.github.cloze4j.pretrained.ParameterBytes;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensorsFile;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.zip.Checksum;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An adapter directory that is open: its settings, and its tensors for a model. {@link AdapterDirectory#open} makes it. {@code
 * StoredModel.readAdapted} reads a model with these updates, to be trained further; {@code ModelDirectory.open} reads an
 * adapter directory as the merged model.
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
                        ? AdapterNames.target(LowRank.linearOf(parameter)).isEmpty()
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
        inFile.keySet().stream().filter(LowRank::isParameter).forEach(parameter -> AdapterNames.target(
                        LowRank.linearOf(parameter))
                .ifPresent(targets::add));
        for (LowRankTarget target : LowRankTarget.values()) {
            if (!targets.contains(target) && config.targetModules().test("bert.encoder.layer.0." + target.module())) {
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

    /** The parameters that are stored as a whole, of the pooler and of a head, by their names in a model. */
    public Set<String> whole() {
        return inFile.keySet().stream()
                .filter(name -> !LowRank.isParameter(name))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The lengths of a stored parameter's dimensions. */
    public long[] shape(String parameter) {
        return file.shape(nameInFile(parameter));
    }

    /** The type of a stored parameter's numbers, also of a type that is not read here. */
    public String typeName(String parameter) {
        return file.typeName(nameInFile(parameter));
    }

    /** A stored parameter, read-only; it stays valid after {@link #close}. */
    public NamedTensor tensor(String parameter) {
        return file.tensor(nameInFile(parameter));
    }

    private String nameInFile(String parameter) {
        String name = inFile.get(parameter);
        if (name == null) {
            throw new CheckpointFormatException(path + ": Expected a tensor of " + parameter + ". Received: "
                    + inFile.size() + " others. Check that the file belongs to this model");
        }
        return name;
    }

    /** Whether a linear layer, such as {@code bert.encoder.layer.0.output.dense}, has a low-rank update. */
    public boolean updates(String linear) {
        return AdapterNames.target(linear).filter(lora.targets()::contains).isPresent();
    }

    /**
     * Adds a layer's update to its weight. The sum is computed in double precision and rounded once.
     *
     * @param linear a layer that has an update
     * @param weight {@code [out, in]}
     * @return the sum, in double precision if the weight is, else in single
     */
    public NamedTensor merge(String linear, NamedTensor weight) {
        DataType type = weight.type() == TensorType.F64 ? DataType.DOUBLE : DataType.FLOAT;
        ByteBuffer stored = ParameterBytes.of(weight, type);
        ByteBuffer sum = ByteBuffer.allocate(stored.remaining())
                .order(ByteOrder.nativeOrder())
                .put(stored)
                .flip();
        ByteBuffer a = numbers(LowRank.nameOfA(linear), type);
        ByteBuffer b = numbers(LowRank.nameOfB(linear), type);
        LowRankMerge.add(lora, a, b, sum, (int) weight.shape()[1], type);
        return new NamedTensor(
                weight.name(), type == DataType.DOUBLE ? TensorType.F64 : TensorType.F32, weight.shape(), sum);
    }

    private ByteBuffer numbers(String parameter, DataType type) {
        NamedTensor tensor = tensor(parameter);
        ByteBuffer numbers = ParameterBytes.of(tensor, type).order(ByteOrder.nativeOrder());
        FiniteNumbers.require(path, tensor.name(), tensor.shape(), numbers, type);
        return numbers;
    }

    /**
     * Reads the adapter into a model with low-rank updates.
     *
     * @param model {@link #lora} and the base are its own
     * @param absent parameters of the model that the base lacks
     * @throws CheckpointFormatException if the adapter is damaged or for another base, or a parameter is in neither
     */
    public void load(Bert model, Set<String> absent) {
        Map<String, long[]> parameters =
                model.parameters().parameters().stream().collect(Collectors.toMap(Parameter::name, Parameter::shape));
        AdapterTensors tensors = requireComplete(parameters, absent);
        DataType type = model.parameters().type();
        model.parameters().kernels().exclusively(() -> {
            requireChecksum(() -> BaseChecksum.of(model));
            tensors.trained().forEach(name -> model.parameters()
                    .kernels()
                    .upload(
                            numbers(name, type),
                            model.parameters().parameter(name).value()));
            return model;
        });
    }

    /** Compares the tensors with the parameters of a model that has these low-rank updates. */
    private AdapterTensors compare(Set<String> parameters) {
        List<String> trained = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        parameters.stream().sorted().forEach(name -> {
            if (inFile.containsKey(name)) {
                trained.add(name);
            } else if (LowRank.isParameter(name) || isNamed(name)) {
                missing.add(name);
            }
        });
        List<String> unexpected = new ArrayList<>(file.names());
        trained.forEach(name -> unexpected.remove(inFile.get(name)));
        return new AdapterTensors(trained, missing, unexpected);
    }

    /** Whether the configuration says that the parameter's module is stored as a whole. */
    private boolean isNamed(String parameter) {
        String module = parameter.substring(0, Math.max(0, parameter.lastIndexOf('.')));
        return config.modulesToSave().stream()
                .anyMatch(saved -> module.equals(saved)
                        || module.endsWith("." + saved)
                        || (AdapterParts.isOfPooler(parameter) && saved.endsWith("pooler")));
    }

    /**
     * Compares the tensors with the parameters of a model that has these low-rank updates, and logs what is there.
     *
     * @param parameters the shapes of the parameters by their names
     * @param absent parameters that the base lacks
     * @throws CheckpointFormatException if tensors are missing or of another shape
     */
    public AdapterTensors requireComplete(Map<String, long[]> parameters, Set<String> absent) {
        AdapterTensors tensors = compare(parameters.keySet());
        Set<String> missing = new LinkedHashSet<>(tensors.missing());
        absent.stream().filter(name -> !inFile.containsKey(name)).sorted().forEach(missing::add);
        List<String> mismatched = new ArrayList<>();
        tensors.trained().forEach(name -> describeMismatch(name, parameters, mismatched));
        String problems = NameList.problems(
                missing,
                "of another shape, or of a type other than " + ParameterBytes.READABLE,
                mismatched,
                tensors.unexpected());
        if (!problems.isEmpty()) {
            throw new CheckpointFormatException(path + ": Expected the trained tensors of this base, with its heads."
                    + " Received: " + tensors.trained().size() + " trained; " + oneLine(problems)
                    + ". Use the base that"
                    + " the adapter was trained on" + named() + ", or train the head too");
        }
        LOG.info("adapter {}: {}", path, oneLine(tensors.describe()));
        if (!tensors.unexpected().isEmpty()) {
            LOG.warn(
                    "{}: tensors that are not used ({}): {}",
                    path,
                    tensors.unexpected().size(),
                    oneLine(NameList.of(tensors.unexpected())));
        }
        return tensors;
    }

    private String named() {
        return baseModel().map(name -> ", " + oneLine(name)).orElse("");
    }

    private void describeMismatch(String parameter, Map<String, long[]> wanted, List<String> mismatched) {
        String type = typeName(parameter);
        boolean readable =
                ParameterBytes.READABLE.stream().anyMatch(known -> known.name().equals(type));
        long[] shape = wanted.get(parameter);
        if (!readable || !Arrays.equals(shape(parameter), shape)) {
            mismatched.add(parameter + " " + type + " " + Arrays.toString(shape(parameter)) + " where "
                    + Arrays.toString(shape) + " is wanted");
        }
    }

    /**
     * Compares the base with the one that the adapter was trained on, if the adapter says which that was; those of PEFT do not.
     *
     * @param received computes the checksum of the encoder's parameters in single precision, in the order of their names
     * @throws CheckpointFormatException if it is another base
     */
    public void requireChecksum(Supplier<? extends Checksum> received) {
        String expected = file.metadata().get(BaseChecksum.FIELD);
        if (expected == null) {
            return;
        }
        String sum = BaseChecksum.text(received.get());
        if (!sum.equals(expected)) {
            throw new CheckpointFormatException(path + ": Expected the base that the adapter was trained on" + named()
                    + ", whose encoder has the checksum " + expected + ". Received: another, with the checksum " + sum
                    + ". Name that base");
        }
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
