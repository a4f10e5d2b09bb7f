package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.FiniteNumbers;
import io.github.cloze4j.pretrained.NameList;
import io.github.cloze4j.pretrained.ParameterBytes;
import io.github.cloze4j.pretrained.SinglePrecision;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.TensorSource;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parameters of a model and the tensors of a {@link WeightSource}. */
final class ModelWeights {
    private static final Logger LOG = LoggerFactory.getLogger(ModelWeights.class);
    /** Tensors of an encoder layer. */
    private static final int TENSORS_A_LAYER = 16;

    private final WeightSource files;
    private final WeightNames names;
    private final Set<String> stored;
    private final BertConfig config;
    private final List<HeadKind> heads;
    private final boolean mayLackHeads;
    private final List<String> remarks = new ArrayList<>();

    private ModelWeights(WeightSource files, BertConfig config, List<HeadKind> heads, boolean mayLackHeads) {
        this.files = files;
        this.config = config;
        this.heads = heads;
        this.mayLackHeads = mayLackHeads;
        names = names(files);
        stored = ModelParts.of(names.all());
    }

    /** @throws CheckpointFormatException if two tensors have the name of one parameter */
    static WeightNames names(WeightSource files) {
        try {
            return new WeightNames(files.names());
        } catch (IllegalArgumentException twice) {
            throw failure(files.path(), "parameter " + twice.getMessage() + " once", "two tensors for it");
        }
    }

    /**
     * Writes F32, piece by piece: no tensor has to be in memory as a whole. What is tied is written once.
     *
     * @param further tensors that are not of the model
     */
    static void write(Path path, Bert model, List<NamedTensor> further) {
        model.parameters().requireOpen();
        model.requireNoUpdates();
        Kernels kernels = model.parameters().kernels();
        List<TensorSource> tensors = new ArrayList<>();
        for (Parameter parameter : model.parameters().parameters()) {
            tensors.add(new SinglePrecision(parameter.name(), parameter, kernels));
        }
        if (ModelParts.ofAll(model.parameters().parameters()).contains(ModelParts.MASKED_LM)
                && !model.config().tieWordEmbeddings()) {
            // transformers 5 adds the decoder's own bias then, but still wants the other; transformers 4 adds the
            // other.
            Parameter bias = model.parameters().parameter(WeightNames.BIAS);
            tensors.add(new SinglePrecision(WeightNames.DECODER_BIAS, bias, kernels));
        }
        tensors.addAll(further);
        tensors.sort(Comparator.comparing(TensorSource::name));
        String checksum = WeightFiles.checksum(tensors);
        SafeTensors.write(path, tensors, Map.of("format", "pt", WeightFiles.CHECKSUM, checksum));
    }

    /**
     * Reads the model that {@code config.json} names. A next-sentence head that it names is left out, with a warning, if it
     * is not stored: nothing but pairs needs it, and whoever asks a model about pairs sees that it has none.
     *
     * @param words the head of language modelling
     * @param named whether {@code config.json} names a next-sentence head
     * @throws CheckpointFormatException if the files are damaged or hold another model
     */
    static Bert readNamed(WeightSource files, BertConfig config, HeadKind words, boolean named, Kernels kernels) {
        List<String> missing = named ? names(files).missingOfNextSentenceHead() : List.of();
        List<HeadKind> heads =
                named && missing.isEmpty() ? List.of(words, ClassifierHead.ofPairs("nsp")) : List.of(words);
        ModelWeights weights = new ModelWeights(files, config, heads, false);
        if (!missing.isEmpty()) {
            weights.remarks.add("the model is read without the next-sentence head that config.json names, because it"
                    + " lacks " + NameList.of(missing));
        }
        return weights.read(name -> true, null, kernels);
    }

    /**
     * Reads a model of the given shape; tensors are mapped and copied one by one.
     *
     * @param heads of the model, all of which must be stored
     * @throws CheckpointFormatException if the files are damaged or hold another model
     */
    static Bert read(WeightSource files, BertConfig config, List<HeadKind> heads, Kernels kernels) {
        return new ModelWeights(files, config, heads, false).read(name -> true, null, kernels);
    }

    /**
     * Reads what is stored of a model of the given shape: heads that are not stored, and low-rank updates, stay 0.
     *
     * @param heads of the model
     * @param trained tells from a parameter's name whether it is trained
     * @param lora the low-rank updates of the model; null for none
     * @throws CheckpointFormatException if the files are damaged or hold another model
     */
    static Bert readStored(
            WeightSource files,
            BertConfig config,
            List<HeadKind> heads,
            Predicate<String> trained,
            @Nullable LoraConfig lora,
            Kernels kernels) {
        return new ModelWeights(files, config, heads, true).read(trained, lora, kernels);
    }

    private Bert read(Predicate<String> trained, @Nullable LoraConfig lora, Kernels kernels) {
        // Before memory is taken, so that it is bounded by the files' length.
        check(kernels);
        files.checkSums(wanted(kernels).stream()
                .map(Parameter::name)
                .filter(name -> ModelParts.of(name).equals(ModelParts.ENCODER))
                .sorted()
                .map(name -> names.source(name, config.tieWordEmbeddings()))
                .toList());
        Bert model = new Bert(config, heads, trained, lora, kernels);
        try {
            load(model);
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /** Compares names, shapes and types of all tensors with those of the configuration, then what is stored twice. */
    private void check(Kernels kernels) {
        List<Parameter> wanted = wanted(kernels);
        if (ModelParts.ofAll(wanted).contains(ModelParts.MASKED_LM) && !stored.contains(ModelParts.MASKED_LM)) {
            throw new CheckpointFormatException(files.path()
                    + ": Expected a BertForMaskedLM. Received: a model that has no masked-language-model head;"
                    + " its tensors are those of an encoder. Use it for embeddings or as the start of a pretraining,"
                    + " or name another model");
        }
        Set<String> rest = new LinkedHashSet<>(names.all());
        List<String> missing = new ArrayList<>();
        List<String> mismatched = new ArrayList<>();
        for (Parameter parameter : wanted) {
            String source = names.source(parameter.name(), config.tieWordEmbeddings());
            if (rest.remove(source)) {
                describeMismatch(source, parameter.shape(), mismatched);
            } else {
                missing.add(parameter.name());
            }
        }
        wanted.forEach(parameter -> rest.remove(otherOf(parameter.name())));
        String problems = NameList.problems(
                missing, "of another shape, or of a type other than " + ParameterBytes.READABLE, mismatched, rest);
        if (!problems.isEmpty()) {
            throw failure(
                    files.path(),
                    "the tensors of " + String.join(", ", ModelParts.ofAll(wanted))
                            + ", as its configuration describes them",
                    problems);
        }
        if (!heads.isEmpty() && config.tieWordEmbeddings()) {
            wanted.forEach(parameter -> checkRepetition(parameter.name()));
        }
        remark(rest);
    }

    /** Says once what is strange about files that can be read nevertheless. */
    private void remark(Set<String> unused) {
        // Who reads the encoder, or trains new heads, leaves the stored heads alone, whatever they are.
        Map<Boolean, List<String>> byHead = unused.stream()
                .collect(Collectors.partitioningBy(name ->
                        (heads.isEmpty() || mayLackHeads || files.mayHaveOtherHeads()) && WeightNames.ofAnyHead(name)));
        List<String> ofHeads = byHead.getOrDefault(true, List.of());
        List<String> others = byHead.getOrDefault(false, List.of());
        if (!ofHeads.isEmpty()) {
            LOG.info("{}: tensors of heads are not read: {}", files.path(), inFile(ofHeads));
        }
        if (!others.isEmpty()) {
            remarks.add("tensors that are not used (" + others.size() + "): " + inFile(others));
        }
        if (!names.prefix().isEmpty()) {
            remarks.add("the names begin with '" + names.prefix() + "', which is left out");
        }
        remarks.addAll(files.remarks());
        if (!remarks.isEmpty()) {
            LOG.warn("{}: {}", files.path(), String.join("; ", remarks).replaceAll("\\s+", " "));
        }
    }

    /** Names for a message, as the file has them. */
    private String inFile(List<String> today) {
        return NameList.of(
                today.stream().map(name -> String.valueOf(names.inFile(name))).toList());
    }

    /** Declared for at most one layer more than the files can hold: a configuration may ask for billions. */
    private List<Parameter> wanted(Kernels kernels) {
        int stored = names.all().size() / TENSORS_A_LAYER;
        BertConfig bounded = config.toBuilder()
                .numHiddenLayers(Math.min(config.numHiddenLayers(), stored + 1))
                .build();
        return Bert.declaredParameters(bounded, heads, kernels).stream()
                .filter(this::isWanted)
                .toList();
    }

    private boolean isWanted(Parameter parameter) {
        String name = parameter.name();
        if (LowRank.isParameter(name)) {
            return false;
        }
        if (!mayLackHeads) {
            return true;
        }
        String part = ModelParts.of(name);
        // The scores of pairs are worth nothing without the pooler that they were trained on.
        boolean needed = part.equals(ModelParts.POOLER) && stored.contains(ModelParts.NEXT_SENTENCE);
        return part.equals(ModelParts.ENCODER) || stored.contains(part) || needed;
    }

    private void describeMismatch(String name, long[] shape, List<String> mismatched) {
        String nameInFile = existing(name);
        long[] received = files.shape(nameInFile);
        String type = files.typeName(nameInFile);
        boolean readable =
                ParameterBytes.READABLE.stream().anyMatch(known -> known.name().equals(type));
        if (!Arrays.equals(shape, received) || !readable) {
            mismatched.add(name + " " + type + " " + Arrays.toString(received) + " where " + Arrays.toString(shape)
                    + " is wanted");
        }
    }

    private @Nullable String otherOf(String parameter) {
        String source = names.source(parameter, config.tieWordEmbeddings());
        if (!source.equals(parameter)) {
            return parameter;
        }
        return names.repetition(parameter, config.tieWordEmbeddings());
    }

    private void checkRepetition(String parameter) {
        String other = names.repetition(parameter, true);
        if (other != null && !sameNumbers(parameter, other)) {
            throw new CheckpointFormatException(files.path() + ": Expected " + other + " equal to " + parameter
                    + ", to which the configuration ties it. Received: other numbers, of which transformers 4 uses the"
                    + " latter only and transformers 5 both. Set tie_word_embeddings to false in config.json to use both"
                    + ", or remove " + other + " from the file");
        }
    }

    private boolean sameNumbers(String a, String b) {
        NamedTensor first = tensor(a);
        NamedTensor second = tensor(b);
        return Arrays.equals(first.shape(), second.shape())
                && ParameterBytes.READABLE.contains(second.type())
                && ParameterBytes.equal(first, second);
    }

    private void load(Bert model) {
        DataType type = model.parameters().type();
        model.parameters().parameters().stream().filter(this::isWanted).forEach(parameter -> {
            NamedTensor tensor = tensor(names.source(parameter.name(), config.tieWordEmbeddings()));
            ByteBuffer numbers = ParameterBytes.of(tensor, type);
            FiniteNumbers.require(files.path(), tensor.name(), tensor.shape(), numbers, type);
            model.parameters().kernels().upload(numbers, parameter.value());
        });
    }

    private NamedTensor tensor(String today) {
        return files.tensor(existing(today));
    }

    private String existing(String today) {
        String nameInFile = names.inFile(today);
        if (nameInFile == null) {
            throw failure(files.path(), "a tensor " + today, names.all().size() + " others");
        }
        return nameInFile;
    }

    private static CheckpointFormatException failure(Path path, String expected, String received) {
        String problem = "Expected " + expected + ". Received: " + received;
        // Names come from the file and may hold line breaks.
        return new CheckpointFormatException(path + ": " + problem.replaceAll("\\R", " ")
                + ". Restore the file from a copy, or check that config.json beside it is of the same model");
    }
}
