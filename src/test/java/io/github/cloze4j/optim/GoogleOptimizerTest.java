package io.github.cloze4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.nn.Initial;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import io.github.cloze4j.nn.ParameterStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Against Google's optimizer of BERT in numpy, made by make_optimizer_fixture.py: rates, clipping, moments and decay. */
class GoogleOptimizerTest {
    private static final JsonNode GOLDEN = read();

    private static JsonNode read() {
        try (InputStream json = GoogleOptimizerTest.class.getResourceAsStream("/optim/google.json")) {
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

    private static ParameterStore store(String kernels, DataType type) {
        ParameterLayout layout = new ParameterLayout();
        layout.weight("layer.weight", Initial.ZEROS, shape("layer.weight"));
        layout.undecayed("layer.bias", Initial.ZEROS, shape("layer.bias"));
        layout.undecayed("LayerNorm.weight", Initial.ZEROS, shape("LayerNorm.weight"));
        ParameterStore store = new ParameterStore(layout, KernelProviders.create(kernels, type));
        store.parameters().forEach(parameter -> write(parameter.value(), GOLDEN.get("initial"), parameter));
        return store;
    }

    private static long[] shape(String name) {
        return StreamSupport.stream(GOLDEN.get("shapes").get(name).spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
    }

    private static void write(INDArray target, JsonNode values, Parameter parameter) {
        try (INDArray vector = Nd4j.createFromArray(numbers(values.get(parameter.name())))) {
            target.assign(vector.reshape('c', target.shape()));
        }
    }

    @ParameterizedTest
    @CsvSource({"nd4j,DOUBLE,1e-12", "nd4j,FLOAT,1e-6", "cpu,FLOAT,1e-6"})
    void stepsAreThoseOfGooglesCode(String kernels, DataType type, double tolerance) {
        LearningRateSchedule schedule =
                new LearningRateSchedule(ScheduleKind.LINEAR_GOOGLE, number("peak"), number("warmup"));
        try (ParameterStore store = store(kernels, type);
                AdamW optimizer = new AdamW(
                        store,
                        OptimizerKind.BERT,
                        number("beta1"),
                        number("beta2"),
                        number("epsilon"),
                        number("weight_decay"))) {
            int step = 0;
            for (JsonNode golden : GOLDEN.get("steps")) {
                store.parameters().forEach(p -> write(p.gradient(), golden.get("gradients"), p));
                double rate = schedule.at(step / number("total_steps"));
                assertEquals(golden.get("learning_rate").asDouble(), rate, 1e-15);
                Pending<Double> squaredNorm =
                        store.kernels().squaredNorm(store.gradients().flat());
                step++;
                optimizer.step(step, rate, GradientClipping.of(squaredNorm, number("max_norm"), OptimizerKind.BERT));
                assertValues(golden.get("values"), store, tolerance, step);
            }
            assertTrue(step > 10, "steps compared: " + step);
        }
    }

    private static void assertValues(JsonNode golden, ParameterStore store, double tolerance, int step) {
        for (Parameter parameter : store.parameters()) {
            double[] expected = numbers(golden.get(parameter.name()));
            double[] received = parameter.value().reshape(expected.length).toDoubleVector();
            for (int i = 0; i < expected.length; i++) {
                double scale = Math.max(1, Math.abs(expected[i]));
                assertEquals(expected[i], received[i], tolerance * scale, parameter.name() + " in step " + step);
            }
        }
    }

    /** The fixture would not tell the two apart otherwise. */
    @Test
    void aStepWithBiasCorrectionIsAnotherOne() {
        JsonNode golden = GOLDEN.get("steps").get(1);
        try (ParameterStore store = store("nd4j", DataType.DOUBLE);
                AdamW optimizer = new AdamW(store, OptimizerKind.ADAMW, 0.9, 0.999, 1e-6, 0.01)) {
            for (int step = 1; step <= 2; step++) {
                JsonNode gradients = GOLDEN.get("steps").get(step - 1).get("gradients");
                store.parameters().forEach(p -> write(p.gradient(), gradients, p));
                optimizer.step(step, golden.get("learning_rate").asDouble() * (step - 1), Clipping.NONE);
            }
            Parameter weight = store.parameter("layer.weight");
            double expected = golden.get("values").get(weight.name()).get(0).asDouble();
            assertTrue(Math.abs(weight.value().getDouble(0) - expected) > 1e-4);
        }
    }
}
