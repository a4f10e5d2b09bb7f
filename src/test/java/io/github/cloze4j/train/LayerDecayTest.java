package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.GradientClipping;
import io.github.cloze4j.optim.Optimizer;
import io.github.cloze4j.optim.OptimizerKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Layer-wise decay of the learning rate against PyTorch's parameter groups: make_layer_decay_fixture.py. */
class LayerDecayTest {
    private static final JsonNode GOLDEN = read();

    private static JsonNode read() {
        try (InputStream json = LayerDecayTest.class.getResourceAsStream("/optim/layer-decay.json")) {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static double number(String name) {
        return GOLDEN.get(name).asDouble();
    }

    private static double[] numbers(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static Bert model(Kernels kernels) {
        JsonNode shape = GOLDEN.get("shape");
        BertConfig config = BertConfig.builder(shape.get("vocab_size").asInt())
                .hiddenSize(shape.get("hidden_size").asInt())
                .numHiddenLayers(shape.get("num_hidden_layers").asInt())
                .numAttentionHeads(shape.get("num_attention_heads").asInt())
                .intermediateSize(shape.get("intermediate_size").asInt())
                .maxPositionEmbeddings(shape.get("max_position_embeddings").asInt())
                .build();
        TaskHead head = new TaskHead(TaskKind.CLASSIFICATION, List.of("no", "yes"));
        return new Bert(config, List.of(head.head()), kernels);
    }

    private static void write(Kernels kernels, INDArray target, double[] values) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(
                        values.length * kernels.type().width())
                .order(ByteOrder.nativeOrder());
        for (double value : values) {
            if (kernels.type() == DataType.FLOAT) {
                bytes.putFloat((float) value);
            } else {
                bytes.putDouble(value);
            }
        }
        kernels.upload(bytes.rewind(), target);
    }

    private static double[] read(Kernels kernels, INDArray source) {
        int length = Math.toIntExact(source.length());
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(length * kernels.type().width()).order(ByteOrder.nativeOrder());
        kernels.download(source, bytes);
        bytes.rewind();
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = kernels.type() == DataType.FLOAT ? bytes.getFloat() : bytes.getDouble();
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({"nd4j,DOUBLE,1e-12", "nd4j,FLOAT,2e-6", "cpu,FLOAT,2e-6"})
    void stepsAreThoseOfPyTorchsParameterGroups(String name, DataType type, double tolerance) {
        Kernels kernels = KernelProviders.create(name, type);
        TrainingConfig config = TrainingConfig.builder()
                .layerDecay(number("decay"))
                .weightDecay(number("weight_decay"))
                .beta1(number("beta1"))
                .beta2(number("beta2"))
                .epsilon(number("epsilon"))
                .build();
        try (Bert model = model(kernels);
                Optimizer optimizer = config.newOptimizer(new ToyTask(model, 1))) {
            ParameterStore store = model.parameters();
            assertEquals(store.parameters().size(), GOLDEN.get("initial").size());
            for (Parameter parameter : store.parameters()) {
                write(kernels, parameter.value(), numbers(GOLDEN.get("initial").get(parameter.name())));
            }
            int step = 0;
            for (JsonNode golden : GOLDEN.get("steps")) {
                for (Parameter parameter : store.parameters()) {
                    write(
                            kernels,
                            Objects.requireNonNull(parameter.gradient()),
                            numbers(golden.get("gradients").get(parameter.name())));
                }
                Pending<Double> squaredNorm =
                        kernels.squaredNorm(store.gradients().flat());
                optimizer.step(
                        ++step,
                        golden.get("learning_rate").asDouble(),
                        GradientClipping.of(squaredNorm, number("max_norm"), OptimizerKind.ADAMW));
                for (Parameter parameter : store.parameters()) {
                    double[] expected = numbers(golden.get("values").get(parameter.name()));
                    double[] received = read(kernels, parameter.value());
                    for (int i = 0; i < expected.length; i++) {
                        assertEquals(
                                expected[i],
                                received[i],
                                tolerance * Math.max(1, Math.abs(expected[i])),
                                parameter.name() + " in step " + step);
                    }
                }
            }
            assertTrue(step > 2, "steps compared: " + step);
        }
    }

    @Test
    @EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
    void stepsOfTheEmulatedDeviceAreThoseOfPyTorchsParameterGroups() {
        stepsAreThoseOfPyTorchsParameterGroups(EmulatedCudaProvider.NAME, DataType.FLOAT, 2e-6);
    }
}
