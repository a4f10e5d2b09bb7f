package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.OptimizerKind;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Whole models of which some parameters are frozen. */
class FrozenModelTest {
    private static final long SEED = 7;
    private static final BertConfig CONFIG =
            new BertConfig(23, 4, 3, 2, 6, Activation.GELU, 0.2, 0.2, 16, 2, 0.3, 1e-12, true, null, false);

    /** Names of frozen parameters, as regular expressions. */
    private static final List<String> FROZEN = List.of(
            "bert\\.embeddings\\..*",
            "bert\\.embeddings\\.(word|position)_.*",
            "bert\\.(embeddings|encoder\\.layer\\.0)\\..*",
            "bert\\.(embeddings|encoder\\.layer\\.[01])\\..*",
            "bert\\..*",
            "bert\\.encoder\\.layer\\.1\\..*",
            ".*weight",
            ".*(LayerNorm|attention\\.self)\\..*",
            "cls\\..*");

    private static Bert model(Kernels kernels, Predicate<String> trained) {
        Bert model = new Bert(CONFIG, List.of(LanguageModelHead.MASKED), trained, kernels);
        model.initialize(SEED, Initialization.NORMAL);
        return model;
    }

    private static Map<String, double[]> gradients(Bert model, boolean recompute) {
        Map<String, double[]> gradients = new LinkedHashMap<>();
        try (TrainingPass pass = model.trainingPass(new PassShape(2, 7, new int[] {6}, recompute))) {
            pass.forwardBackward(BertGradientTest.batch(), SEED, 3, 0.25);
        }
        for (Parameter parameter : model.parameters().parameters()) {
            if (parameter.trained()) {
                gradients.put(
                        parameter.name(),
                        GoldenFixture.numbers(model.parameters().kernels(), parameter.gradient()));
            }
        }
        return gradients;
    }

    private static Map<String, double[]> values(Bert model) {
        Map<String, double[]> values = new LinkedHashMap<>();
        for (Parameter parameter : model.parameters().parameters()) {
            values.put(
                    parameter.name(), GoldenFixture.numbers(model.parameters().kernels(), parameter.value()));
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({
        "nd4j, DOUBLE, false",
        "nd4j, FLOAT, true",
        "cpu, FLOAT, false",
        "cpu, FLOAT, true",
        "cuda-emulated, FLOAT, false"
    })
    void trainedGradientsAreThoseOfTheWholeModelAndFrozenBytesStay(String provider, DataType type, boolean recompute) {
        assumeTrue(
                !provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable(),
                EmulatedCudaProvider.NEEDS);
        try (Kernels kernels = KernelProviders.create(provider, type);
                Bert whole = model(kernels, name -> true)) {
            Map<String, double[]> expected = gradients(whole, recompute);
            for (String frozen : FROZEN) {
                Predicate<String> isFrozen = Pattern.compile(frozen).asMatchPredicate();
                try (Bert model = model(kernels, isFrozen.negate());
                        AdamW optimizer = new AdamW(model.parameters(), OptimizerKind.ADAMW, 0.9, 0.999, 1e-6, 0.01)) {
                    Map<String, double[]> before = values(model);
                    Map<String, double[]> received = gradients(model, recompute);
                    assertTrue(received.size() < expected.size() && !received.isEmpty(), frozen);
                    received.forEach((name, gradient) -> {
                        assertFalse(isFrozen.test(name), name);
                        assertArrayEquals(expected.get(name), gradient, name + " where frozen are " + frozen);
                    });
                    optimizer.step(1, 1e-2, Clipping.NONE);
                    values(model)
                            .forEach((name, values) ->
                                    assertEquals(isFrozen.test(name), Arrays.equals(before.get(name), values), name));
                }
            }
        }
    }

    /** The decoder multiplies with the frozen table, and its bias alone is trained. */
    @Test
    void aTiedDecoderIsFrozenWithTheWordEmbeddings() {
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
                Bert model = model(kernels, name -> !name.startsWith("bert.embeddings."))) {
            gradients(model, false);
            assertNull(model.parameters()
                    .parameter("bert.embeddings.word_embeddings.weight")
                    .gradient());
            assertNotNull(model.parameters().parameter("cls.predictions.bias").gradient());
        }
    }

    /** Of twelve layers the upper two are trained: no extrapolation from the lowest ones finds that. */
    @Test
    void thePlannedMemoryOfGradientsIsWhatTheyTake() {
        BertConfig deep =
                new BertConfig(23, 4, 12, 2, 6, Activation.GELU, 0.2, 0.2, 16, 2, 0.3, 1e-12, true, null, false);
        Predicate<String> trained = name -> name.contains("layer.10.") || name.contains("layer.11.");
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
                Bert model = new Bert(deep, List.of(LanguageModelHead.MASKED), trained, kernels)) {
            assertEquals(model.parameters().gradients().bytes(), model.memory().trainedBytes());
            assertEquals(model.parameters().values().bytes(), model.memory().parameterBytes());
        }
    }
}
