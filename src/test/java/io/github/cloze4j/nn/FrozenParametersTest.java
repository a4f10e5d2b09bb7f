package io.github.cloze4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.OptimizerKind;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Parameters in three ranges: trained with decay, trained without, frozen. */
class FrozenParametersTest {
    private final Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);

    private static ParameterLayout layout(Predicate<String> trained) {
        ParameterLayout layout = new ParameterLayout(trained);
        layout.weight("words", Initial.RANDOM, 1000, 16);
        layout.undecayed("norm", Initial.ONES, 16);
        layout.weight("dense", Initial.RANDOM, 16, 16);
        layout.undecayed("bias", Initial.ZEROS, 16);
        return layout;
    }

    private static AdamW adamW(ParameterStore store) {
        return new AdamW(store, OptimizerKind.ADAMW, 0.9, 0.999, 1e-6, 0.5);
    }

    @Test
    void frozenParametersTakeMemoryForTheirValuesOnly() {
        ParameterLayout layout = layout(name -> !name.equals("words") && !name.equals("norm"));
        try (ParameterStore store = new ParameterStore(layout, kernels);
                AdamW optimizer = adamW(store)) {
            assertEquals(256, store.decayedLength());
            assertEquals(256 + 16, store.trainedLength());
            assertEquals(256 + 16 + 16_000 + 16, store.length());
            assertEquals(16_288, store.parameterCount());
            assertEquals(272 * Float.BYTES, store.gradients().bytes());
            assertEquals(272 * Float.BYTES, optimizer.firstMoments().bytes());
            assertEquals(272 * Float.BYTES, optimizer.secondMoments().bytes());
            assertEquals(16_288 * Float.BYTES, ParameterStore.bytes(layout, DataType.FLOAT));
            assertEquals(272 * Float.BYTES, ParameterStore.trainedBytes(layout, DataType.FLOAT));
            assertNull(store.parameter("words").gradient());
            assertFalse(store.parameter("words").trained());
            assertNotNull(store.parameter("dense").gradient());
            assertThrows(IllegalArgumentException.class, () -> store.view(store.gradients(), store.parameter("words")));
        }
    }

    @Test
    void theOrderOfAModelThatIsTrainedAsAWholeIsThatOfItsDecay() {
        try (ParameterStore store = new ParameterStore(layout(name -> true), kernels)) {
            assertEquals(16_256, store.decayedLength());
            assertEquals(store.length(), store.trainedLength());
            assertEquals(store.values().bytes(), store.gradients().bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"words", "norm", "dense", "bias"})
    void aStepChangesTheOnlyTrainedParameter(String trained) {
        try (ParameterStore store = new ParameterStore(layout(trained::equals), kernels);
                AdamW optimizer = adamW(store)) {
            store.values().flat().assign(1);
            store.parameter(trained).gradient().assign(2);
            optimizer.step(1, 0.1, Clipping.NONE);
            for (Parameter parameter : store.parameters()) {
                boolean decays = parameter.decayed();
                double expected = !parameter.name().equals(trained) ? 1 : decays ? 0.85 : 0.9;
                double[] values = parameter.value().dup().ravel().toDoubleVector();
                double[] all = new double[values.length];
                Arrays.fill(all, expected);
                assertArrayEquals(all, values, 1e-6, parameter.name());
            }
        }
    }

    @Test
    void aModelWhoseParametersAreAllFrozenHasNoGradients() {
        try (ParameterStore store = new ParameterStore(layout(name -> false), kernels)) {
            assertTrue(assertThrows(IllegalStateException.class, store::gradients)
                    .getMessage()
                    .contains("4 parameters are all frozen"));
            assertThrows(IllegalStateException.class, () -> adamW(store));
            assertNull(store.parameter("dense").gradient());
        }
    }

    @Test
    void partsOfOneMatrixAreFrozenTogether() {
        ParameterLayout layout = new ParameterLayout(name -> name.equals("query.weight"));
        List<String> names = List.of("query.weight", "key.weight");
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> layout.stackedWeights(names, Initial.RANDOM, 2, 3))
                        .getMessage()
                        .contains("Received: trained [query.weight]"));
        layout.stackedBiases(List.of("query.bias", "key.bias"), Initial.ZEROS, 2);
        assertFalse(layout.hasTrained());
    }
}
