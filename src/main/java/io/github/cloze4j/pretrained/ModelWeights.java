package io.github.cloze4j.pretrained;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.checkpoint.NamedTensor;
import io.github.cloze4j.checkpoint.SafeTensors;
import io.github.cloze4j.checkpoint.SafeTensorsFile;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.nn.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code model.safetensors}: the parameters under Hugging Face's names, tied weights once. */
final class ModelWeights {
    private static final Logger LOG = LoggerFactory.getLogger(ModelWeights.class);
    private static final String WORDS = "bert.embeddings.word_embeddings.weight";
    /** Metadata: the CRC-32C of all data, in hexadecimal, so that damage to the numbers is noticed too. */
    private static final String CHECKSUM = "cloze4j_crc32c";

    private static final int NAMES_SHOWN = 5;

    /** Tensors that repeat others, and what they repeat. */
    private static final Map<String, String> TIED =
            Map.of("cls.predictions.decoder.weight", WORDS, "cls.predictions.decoder.bias", "cls.predictions.bias");

    /** Tensors that a model may have no use for: counted positions; without a next-sentence head, that and the pooler. */
    private static final List<String> UNUSED =
            List.of("bert.embeddings.position_ids", "bert.pooler.", "cls.seq_relationship.");

    private final Path path;
    private final SafeTensorsFile file;
    /** By today's name, the name in the file: checkpoints of 2019 call LayerNorm's parameters gamma and beta. */
    private final Map<String, String> names = new LinkedHashMap<>();

    private ModelWeights(Path path, SafeTensorsFile file) {
        this.path = path;
        this.file = file;
        for (String name : file.names()) {
            String today =
                    name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias");
            if (names.put(today, name) != null) {
                throw failure("parameter " + today + " once", "two tensors for it");
            }
        }
    }

    /** Writes F32; takes as much heap as the file is long. */
    static void write(Path path, BertForMaskedLm model) {
        List<NamedTensor> tensors = model.parameters().parameters().stream()
                .sorted(Comparator.comparing(Parameter::name))
                .map(parameter -> ParameterBytes.toF32(
                        parameter,
                        model.parameters().kernels(),
                        model.parameters().type()))
                .toList();
        SafeTensors.write(path, tensors, Map.of("format", "pt", CHECKSUM, checksum(tensors)));
    }

    /**
     * Reads a model of the given shape; tensors are mapped and copied one by one.
     *
     * @throws CheckpointFormatException if the file is damaged or holds another model
     */
    static BertForMaskedLm read(
            Path path, BertConfig config, boolean nextSentenceHead, Kernels kernels, DataType type) {
        try (SafeTensorsFile file = SafeTensors.open(path)) {
            ModelWeights weights = new ModelWeights(path, file);
            weights.checkSize(config);
            weights.checkSum();
            BertForMaskedLm model = nextSentenceHead
                    ? BertForMaskedLm.withNextSentenceHead(config, kernels, type)
                    : new BertForMaskedLm(config, kernels, type);
            try {
                weights.load(model);
                return model;
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        }
    }

    /** What bounds the memory that the model will take, by the length of the file. */
    private void checkSize(BertConfig config) {
        long hidden = config.hiddenSize();
        shaped(WORDS, config.vocabSize(), hidden);
        shaped("bert.embeddings.position_embeddings.weight", config.maxPositionEmbeddings(), hidden);
        shaped("bert.embeddings.token_type_embeddings.weight", config.typeVocabSize(), hidden);
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            shaped("bert.encoder.layer." + layer + ".attention.self.query.weight", hidden, hidden);
            shaped("bert.encoder.layer." + layer + ".intermediate.dense.weight", config.intermediateSize(), hidden);
        }
    }

    private void checkSum() {
        String expected = file.metadata().get(CHECKSUM);
        if (expected == null) {
            return; // Written by others.
        }
        String received = checksum(file.names().stream().map(file::tensor).toList());
        if (!received.equals(expected)) {
            throw failure("the checksum " + expected + " of the data", received);
        }
    }

    private static String checksum(List<NamedTensor> tensors) {
        CRC32C sum = new CRC32C();
        tensors.forEach(tensor -> sum.update(tensor.data()));
        return String.format("%08x", sum.getValue());
    }

    private void load(BertForMaskedLm model) {
        Map<String, String> rest = new LinkedHashMap<>(names);
        for (Parameter parameter : model.parameters().parameters()) {
            NamedTensor tensor = shaped(parameter.name(), parameter.shape());
            model.parameters()
                    .kernels()
                    .upload(ParameterBytes.of(tensor, model.parameters().type()), parameter.value());
            rest.remove(parameter.name());
        }
        rest.keySet().removeIf(this::repeatsItsOriginal);
        List<String> unused = new ArrayList<>();
        rest.keySet().removeIf(name -> UNUSED.stream().anyMatch(name::startsWith) && unused.add(name));
        if (!rest.isEmpty()) {
            List<String> unexpected = List.copyOf(rest.values());
            int shown = Math.min(unexpected.size(), NAMES_SHOWN);
            throw failure(
                    "only tensors of a model of this configuration",
                    unexpected.size() + " more: " + String.join(", ", unexpected.subList(0, shown))
                            + (shown < unexpected.size() ? ", …" : ""));
        }
        if (!unused.isEmpty()) {
            LOG.info("{}: ignored tensors that this model has no use for: {}", path, unused);
        }
    }

    private boolean repeatsItsOriginal(String name) {
        String original = TIED.get(name);
        if (original == null) {
            return false;
        }
        long[] shape = tensor(original).shape();
        if (!ParameterBytes.equal(shaped(name, shape), shaped(original, shape))) {
            throw failure(name + " equal to " + original + ", to which it is tied", "other numbers");
        }
        return true;
    }

    private NamedTensor shaped(String name, long... shape) {
        NamedTensor tensor = tensor(name);
        if (!Arrays.equals(shape, tensor.shape()) || !ParameterBytes.READABLE.contains(tensor.type())) {
            throw failure(
                    "tensor " + name + " of shape " + Arrays.toString(shape) + " and a type of "
                            + ParameterBytes.READABLE,
                    Arrays.toString(tensor.shape()) + " " + tensor.type());
        }
        return tensor;
    }

    private NamedTensor tensor(String name) {
        String nameInFile = names.get(name);
        if (nameInFile == null) {
            throw failure("a tensor " + name, names.size() + " others");
        }
        return file.tensor(nameInFile);
    }

    private CheckpointFormatException failure(String expected, String received) {
        String problem = "Expected " + expected + ". Received: " + received;
        // Names come from the file and may hold line breaks.
        return new CheckpointFormatException(path + ": " + problem.replaceAll("\\R", " ")
                + ". Restore the file from a copy, or check that config.json beside it is of the same model");
    }
}
