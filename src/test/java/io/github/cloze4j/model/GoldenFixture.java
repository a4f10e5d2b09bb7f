package io.github.cloze4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Kernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What src/test/python/make_golden_fixture.py wrote. References are float64. */
record GoldenFixture(BertConfig config, Map<String, Tensor> weights, Batch batch, Map<String, Tensor> reference) {
    private static final String REFERENCE = "float64/";
    private static final String WEIGHT = "weight/";

    /** A tensor of any type, as doubles. */
    record Tensor(long[] shape, double[] values) {
        int[] integers() {
            int[] integers = new int[values.length];
            for (int i = 0; i < integers.length; i++) {
                integers[i] = (int) values[i];
            }
            return integers;
        }
    }

    /** @param model {@code gelu}, {@code gelu_new}, or {@code untied}, which is the first with a decoder of its own */
    static GoldenFixture read(String model) {
        boolean tied = !model.equals("untied");
        Activation activation = Activation.of(tied ? model : "gelu");
        BertConfig config = new BertConfig(101, 24, 2, 2, 48, activation, 0, 0, 40, 2, 0.02, 1e-12, tied, null, false);
        Map<String, Tensor> weights = tensors("/golden/weights.safetensors");
        if (!tied) {
            weights.putAll(tensors("/golden/untied_weights.safetensors"));
        }
        return new GoldenFixture(
                config,
                weights,
                batch(tensors("/golden/batch.safetensors"), ""),
                tensors("/golden/" + model + ".safetensors"));
    }

    /** The steps that src/test/python/make_muon_fixture.py wrote, of the model {@code gelu}. */
    static GoldenFixture readMuon() {
        GoldenFixture base = read("gelu");
        return new GoldenFixture(base.config(), base.weights(), base.batch(), tensors("/golden/muon.safetensors"));
    }

    /** A parameter after the steps of {@link #readMuon}; null if the file has not got it. */
    double @Nullable [] finalValue(String name) {
        Tensor stored = reference.get("final/" + name);
        return stored == null ? null : stored.values();
    }

    /** The batch that the Python scripts write, each field's name after a prefix. */
    static Batch batch(Map<String, Tensor> tensors, String prefix) {
        Targets masked =
                new Targets(integers(tensors, prefix + "masked_positions"), integers(tensors, prefix + "labels"));
        return batch(tensors, prefix, masked);
    }

    private static Batch batch(Map<String, Tensor> tensors, String prefix, Targets... targets) {
        int[] shape = integers(tensors, prefix + "shape");
        int[] offsets = integers(tensors, prefix + "document_offsets");
        return new Batch(
                shape[0],
                shape[1],
                integers(tensors, prefix + "token_ids"),
                integers(tensors, prefix + "token_type_ids"),
                integers(tensors, prefix + "position_ids"),
                tensors.containsKey(prefix + "prefixes")
                        ? new Documents(offsets, integers(tensors, prefix + "prefixes"))
                        : Documents.bidirectional(offsets),
                integers(tensors, prefix + "real_tokens")[0],
                List.of(targets));
    }

    /** What src/test/python/make_pretraining_fixture.py wrote: the same with the pooler, the second head and pairs. */
    static GoldenFixture readPretraining() {
        GoldenFixture base = read("gelu");
        Map<String, Tensor> pretraining = tensors("/golden/pretraining.safetensors");
        Map<String, Tensor> weights = new HashMap<>(base.weights());
        pretraining.forEach((name, tensor) -> {
            if (name.startsWith(WEIGHT)) {
                weights.put(name.substring(WEIGHT.length()), tensor);
            }
        });
        Targets masked = base.batch().targets().get(0);
        Targets pairs = new Targets(integers(pretraining, "pair_positions"), integers(pretraining, "pair_labels"));
        Batch withPairs = batch(tensors("/golden/batch.safetensors"), "", masked, pairs);
        return new GoldenFixture(base.config(), weights, withPairs, pretraining);
    }

    /**
     * What src/test/python/make_head_fixture.py and make_decoder_fixture.py wrote: a smaller model with another head.
     *
     * @param head the name of the case, such as {@code classes}
     */
    static GoldenFixture readHead(String head) {
        Map<String, Tensor> tensors = tensors("/golden/heads/" + head + ".safetensors");
        Map<String, Tensor> weights = tensors("/golden/heads/encoder.safetensors");
        tensors.forEach((name, tensor) -> {
            if (name.startsWith(WEIGHT)) {
                weights.put(name.substring(WEIGHT.length()), tensor);
            }
        });
        Tensor none = new Tensor(new long[1], new double[0]);
        double[] values = tensors.getOrDefault("target/values", none).values();
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        Targets targets = new Targets(
                integers(tensors, "target/rows"),
                integers(tensors, "target/ends"),
                tensors.getOrDefault("target/labels", none).integers(),
                floats);
        Batch batch = tensors.containsKey("batch/shape")
                ? batch(tensors, "batch/", targets)
                : batch(tensors("/golden/heads/batch.safetensors"), "", targets);
        BertConfig config =
                new BertConfig(101, 12, 2, 2, 20, Activation.GELU, 0, 0, 40, 2, 0.02, 1e-12, true, null, false);
        return new GoldenFixture(config, weights, batch, tensors);
    }

    /** The loss of classes: smoothing, gamma and weights; the plain one if the fixture has none. */
    ClassLoss classLoss() {
        Tensor stored = reference.get("class_loss");
        if (stored == null) {
            return ClassLoss.PLAIN;
        }
        List<Double> numbers = Arrays.stream(stored.values()).boxed().toList();
        return new ClassLoss(numbers.subList(2, numbers.size()), numbers.get(0), numbers.get(1));
    }

    /** The answers whose scores are highest at the right place, as the script counts them. */
    int correctAnswers() {
        return integers(reference, "correct")[0];
    }

    List<String> parameterNames() {
        return List.copyOf(weights.keySet());
    }

    long[] shape(String name) {
        return required(weights, name).shape();
    }

    double[] weight(String name) {
        return required(weights, name).values();
    }

    double[] gradient(String name) {
        return reference("gradient/" + name);
    }

    double[] logits() {
        return reference("logits");
    }

    double loss() {
        return reference("loss")[0];
    }

    double[] nextSentenceLogits() {
        return reference("next_sentence_logits");
    }

    double mlmLoss() {
        return reference("mlm_loss")[0];
    }

    double nextSentenceLoss() {
        return reference("next_sentence_loss")[0];
    }

    double[] stepLosses() {
        return reference("step_losses");
    }

    double[] gradientNorms() {
        return reference("gradient_norms");
    }

    /** Masked positions whose highest logit is the label. */
    int correct() {
        double[] logits = logits();
        int correct = 0;
        for (int row = 0; row < batch.targets().get(0).count(); row++) {
            int best = 0;
            for (int word = 1; word < config.vocabSize(); word++) {
                int start = row * config.vocabSize();
                best = logits[start + word] > logits[start + best] ? word : best;
            }
            correct += best == batch.targets().get(0).labels()[row] ? 1 : 0;
        }
        return correct;
    }

    private double[] reference(String name) {
        return required(reference, REFERENCE + name).values();
    }

    /** The numbers of an array, row-major. */
    static double[] numbers(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asDouble();
        }
    }

    /** The same, wherever these kernels keep them. */
    static double[] numbers(Kernels kernels, INDArray array) {
        ByteBuffer bytes = buffer(array);
        kernels.download(array, bytes);
        double[] numbers = new double[Math.toIntExact(array.length())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.dataType() == DataType.FLOAT ? bytes.getFloat() : bytes.getDouble();
        }
        return numbers;
    }

    /** Sets an array's numbers, row-major, wherever these kernels keep them. */
    static void write(Kernels kernels, INDArray array, double[] values) {
        ByteBuffer bytes = buffer(array);
        for (double value : values) {
            if (array.dataType() == DataType.FLOAT) {
                bytes.putFloat((float) value);
            } else {
                bytes.putDouble(value);
            }
        }
        kernels.upload(bytes.flip(), array);
    }

    private static ByteBuffer buffer(INDArray array) {
        int bytes = Math.toIntExact(array.length() * array.dataType().width());
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    private static int[] integers(Map<String, Tensor> tensors, String name) {
        return required(tensors, name).integers();
    }

    static Tensor required(Map<String, Tensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    /** All tensors of a resource in the safetensors format. */
    static Map<String, Tensor> tensors(String resource) {
        try {
            ByteBuffer bytes =
                    ByteBuffer.wrap(Files.readAllBytes(path(resource))).order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[Math.toIntExact(bytes.getLong())];
            bytes.get(header);
            ByteBuffer data = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
            Map<String, Tensor> tensors = new HashMap<>();
            new ObjectMapper()
                    .readTree(header)
                    .properties()
                    .forEach(entry -> tensors.put(entry.getKey(), tensor(entry.getValue(), data)));
            return tensors;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static Tensor tensor(JsonNode description, ByteBuffer data) {
        long[] shape = new long[description.path("shape").size()];
        int length = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = description.path("shape").path(i).asLong();
            length *= (int) shape[i];
        }
        String type = description.path("dtype").asText();
        data.position(description.path("data_offsets").path(0).asInt());
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = switch (type) {
                case "F64" -> data.getDouble();
                case "F32" -> data.getFloat();
                case "I32" -> data.getInt();
                default -> throw new AssertionError("type " + type);
            };
        }
        return new Tensor(shape, values);
    }

    private static Path path(String name) {
        URL resource = Objects.requireNonNull(GoldenFixture.class.getResource(name), name);
        try {
            return Path.of(resource.toURI());
        } catch (URISyntaxException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
