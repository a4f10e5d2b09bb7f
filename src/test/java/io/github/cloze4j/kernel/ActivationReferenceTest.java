package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Activations against those of transformers (src/test/python/make_activation_fixture.py). */
class ActivationReferenceTest {
    private static JsonNode expected() throws IOException {
        return new ObjectMapper()
                .readTree(Path.of("src/test/resources/kernel/activations.json").toFile());
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-10", "nd4j, FLOAT, 1e-5", "cpu, FLOAT, 1e-5"})
    void valuesAndDerivativesAreThoseOfTransformers(String provider, DataType type, double tolerance)
            throws IOException {
        Kernels kernels = KernelProviders.create(provider, type);
        JsonNode at = expected().path("at");
        Set<Activation> compared = EnumSet.noneOf(Activation.class);
        try (Arena arena = Arena.allocate(type, 4096)) {
            INDArray x = arena.take(at.size(), 1);
            for (int i = 0; i < at.size(); i++) {
                x.putScalar(i, 0, at.get(i).asDouble());
            }
            INDArray one = arena.take(1, 1);
            one.assign(1);
            INDArray zero = arena.take(1);
            INDArray derivative = arena.take(at.size(), 1);
            INDArray y = arena.take(at.size(), 1);
            expected().path("functions").properties().forEach(function -> {
                Activation activation = Activation.of(function.getKey());
                compared.add(activation);
                kernels.linearActivation(x, one, zero, activation, derivative, y);
                for (int i = 0; i < at.size(); i++) {
                    String where = function.getKey() + " at " + at.get(i);
                    double value = function.getValue().path("values").get(i).asDouble();
                    double slope =
                            function.getValue().path("derivatives").get(i).asDouble();
                    // In float the distribution function is off by a unit in its last place, which x multiplies.
                    double scale = Math.max(Math.abs(value), type == DataType.FLOAT ? Math.abs(x.getDouble(i, 0)) : 1);
                    assertEquals(value, y.getDouble(i, 0), tolerance * Math.max(1, scale), where);
                    assertEquals(slope, derivative.getDouble(i, 0), tolerance * Math.max(1, Math.abs(slope)), where);
                }
            });
        }
        assertEquals(EnumSet.allOf(Activation.class), compared);
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "cpu, FLOAT"})
    void notANumberStaysOne(String provider, DataType type) {
        Kernels kernels = KernelProviders.create(provider, type);
        try (Arena arena = Arena.allocate(type, 256)) {
            INDArray x = arena.take(1, 1);
            INDArray one = arena.take(1, 1);
            one.assign(1);
            INDArray zero = arena.take(1);
            INDArray derivative = arena.take(1, 1);
            INDArray y = arena.take(1, 1);
            for (Activation activation : EnumSet.of(Activation.RELU, Activation.RELU6, Activation.LEAKY_RELU)) {
                x.assign(Double.NaN);
                kernels.linearActivation(x, one, zero, activation, derivative, y);
                assertTrue(Double.isNaN(y.getDouble(0)), provider + " " + activation);
            }
        }
    }

    @Test
    void everyNameIsReadBack() {
        for (Activation activation : Activation.values()) {
            assertEquals(activation, Activation.of(activation.configName()));
        }
        String message = assertThrows(IllegalArgumentException.class, () -> Activation.of("xielu"))
                .getMessage();
        assertTrue(message.contains("quick_gelu") && message.contains("Received: xielu"), message);
    }
}
