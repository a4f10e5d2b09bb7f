package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** What models refuse says what is wrong, before kernels read memory that is not theirs. */
class ModelRefusalTest {
    private static final BertConfig SHAPE = BertGradientTest.tiny(Activation.GELU, 0);

    private static BertForMaskedLm model(String kernels) {
        BertForMaskedLm model =
                new BertForMaskedLm(SHAPE, KernelProviders.create(kernels, DataType.FLOAT), DataType.FLOAT);
        model.initialize(1);
        return model;
    }

    /** A document of a token between special ones, which is masked. */
    private static MlmBatch batch(int id, int position, int type, int label) {
        return new MlmBatch(
                1,
                3,
                new int[] {2, id, 3},
                new int[] {0, type, 0},
                new int[] {0, position, 2},
                new int[] {0, 3},
                new int[] {1},
                new int[] {label},
                3);
    }

    private static void assertRefused(String message, Class<? extends RuntimeException> kind, Executable use) {
        String received = assertThrows(kind, use).getMessage();
        assertTrue(received.contains(message), received);
    }

    @ParameterizedTest
    @CsvSource({
        "cpu, 23, 1, 0, 4, 'token ids in [0, 23). Received: 23'",
        "nd4j, 23, 1, 0, 4, 'token ids in [0, 23). Received: 23'",
        "cpu, -1, 1, 0, 4, 'token ids in [0, 23). Received: -1'",
        "cpu, 4, 16, 0, 4, 'positions in [0, 16). Received: 16'",
        "cpu, 4, 1, 2, 4, 'token types in [0, 2). Received: 2'"
    })
    void idsBeyondATableAreRefused(String kernels, int id, int position, int type, int label, String message) {
        MlmBatch batch = batch(id, position, type, label);
        try (BertForMaskedLm model = model(kernels);
                MlmPass pass = model.plan(1, 3, 1);
                InferencePass inference = model.inferencePass()) {
            assertRefused(message, IllegalArgumentException.class, () -> pass.evaluate(batch));
            assertRefused(message, IllegalArgumentException.class, () -> pass.forwardBackward(batch, 0, 0, 1, 1));
            assertRefused(message, IllegalArgumentException.class, () -> inference.hiddenStates(batch));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void labelsBeyondTheVocabularyAreRefused(String kernels) {
        String message = "labels in [0, 23). Received: 23";
        MlmBatch batch = batch(4, 1, 0, 23);
        try (BertForMaskedLm model = model(kernels);
                MlmPass pass = model.plan(1, 3, 1)) {
            assertRefused(message, IllegalArgumentException.class, () -> pass.evaluate(batch));
            assertRefused(message, IllegalArgumentException.class, () -> pass.forwardBackward(batch, 0, 0, 1, 1));
        }
    }

    @Test
    void aClosedModelIsRefused() {
        MlmBatch batch = batch(4, 1, 0, 4);
        BertForMaskedLm model = model("cpu");
        try (MlmPass pass = model.plan(1, 3, 1);
                InferencePass inference = model.inferencePass()) {
            inference.hiddenStates(batch);
            model.close();
            String message = "Expected an open model. Received: a closed one";
            assertRefused(message, IllegalStateException.class, () -> pass.evaluate(batch));
            assertRefused(message, IllegalStateException.class, () -> inference.hiddenStates(batch));
            assertRefused(message, IllegalStateException.class, () -> model.plan(1, 3, 1));
            assertRefused(message, IllegalStateException.class, () -> model.initialize(0));
        }
    }

    @Test
    void aClosedPassIsRefused() {
        try (BertForMaskedLm model = model("cpu")) {
            MlmPass pass = model.plan(1, 3, 1);
            pass.close();
            pass.close();
            assertRefused(
                    "Expected an open pass. Received: a closed one",
                    IllegalStateException.class,
                    () -> pass.evaluate(batch(4, 1, 0, 4)));
        }
    }

    @ParameterizedTest
    @CsvSource({"cpu, FLOAT, DOUBLE", "nd4j, FLOAT, DOUBLE", "nd4j, DOUBLE, FLOAT"})
    void aModelOfAnotherTypeThanItsKernelsIsRefused(String kernels, DataType computed, DataType asked) {
        assertEquals(computed, KernelProviders.create(kernels, computed).type());
        assertRefused(
                "Expected " + computed + ", which the kernels compute in. Received: " + asked,
                IllegalArgumentException.class,
                () -> new BertForMaskedLm(SHAPE, KernelProviders.create(kernels, computed), asked));
    }
}
