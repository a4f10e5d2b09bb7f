package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.head.LanguageModelHead;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** What models refuse says what is wrong, before kernels read memory that is not theirs. */
class ModelRefusalTest {
    private static final BertConfig SHAPE = BertGradientTest.tiny(Activation.GELU, 0);

    private static Bert model(String kernels) {
        Bert model =
                new Bert(SHAPE, List.of(LanguageModelHead.MASKED), KernelProviders.create(kernels, DataType.FLOAT));
        model.initialize(1);
        return model;
    }

    /** A document of a token between special ones, which is masked. */
    private static Batch batch(int id, int position, int type, int label) {
        return new Batch(
                1,
                3,
                new int[] {2, id, 3},
                new int[] {0, type, 0},
                new int[] {0, position, 2},
                Documents.bidirectional(new int[] {0, 3}),
                3,
                List.of(new Targets(new int[] {1}, new int[] {label})));
    }

    private static void assertRefused(String message, Class<? extends RuntimeException> kind, Executable use) {
        String received = assertThrows(kind, use).getMessage();
        assertTrue(received.contains(message), received);
    }

    @ParameterizedTest
    @CsvSource({
        "cpu, 23, 1, 0, 4, 'token ids in [0, 23). Received: 23'",
        "nd4j, 23, 1, 0, 4, 'token ids in [0, 23). Received: 23'",
        "cpu, 4, 16, 0, 4, 'positions in [0, 16). Received: 16'",
        "cpu, 4, 1, 2, 4, 'token types in [0, 2). Received: 2'"
    })
    void idsBeyondATableAreRefused(String kernels, int id, int position, int type, int label, String message) {
        Batch batch = batch(id, position, type, label);
        try (Bert model = model(kernels);
                TrainingPass pass = model.trainingPass(1, 3, 1);
                InferencePass inference = model.inferencePass()) {
            assertRefused(message, IllegalArgumentException.class, () -> pass.loss(batch));
            assertRefused(message, IllegalArgumentException.class, () -> pass.forwardBackward(batch, 0, 0, 1));
            assertRefused(message, IllegalArgumentException.class, () -> inference.hiddenStates(batch));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void labelsBeyondTheVocabularyAreRefused(String kernels) {
        String message = "labels in [0, 23). Received: 23";
        Batch batch = batch(4, 1, 0, 23);
        try (Bert model = model(kernels);
                TrainingPass pass = model.trainingPass(1, 3, 1)) {
            assertRefused(message, IllegalArgumentException.class, () -> pass.loss(batch));
            assertRefused(message, IllegalArgumentException.class, () -> pass.forwardBackward(batch, 0, 0, 1));
        }
    }

    @Test
    void aClosedModelIsRefused() {
        Batch batch = batch(4, 1, 0, 4);
        Bert model = model("cpu");
        try (TrainingPass pass = model.trainingPass(1, 3, 1);
                InferencePass inference = model.inferencePass()) {
            inference.hiddenStates(batch);
            model.close();
            String message = "Expected an open model. Received: a closed one";
            assertRefused(message, IllegalStateException.class, () -> pass.loss(batch));
            assertRefused(message, IllegalStateException.class, () -> inference.hiddenStates(batch));
            assertRefused(message, IllegalStateException.class, () -> model.trainingPass(1, 3, 1));
            assertRefused(message, IllegalStateException.class, () -> model.initialize(0));
        }
    }

    @Test
    void aClosedPassIsRefused() {
        try (Bert model = model("cpu")) {
            TrainingPass pass = model.trainingPass(1, 3, 1);
            pass.close();
            pass.close();
            assertRefused(
                    "Expected an open pass. Received: a closed one",
                    IllegalStateException.class,
                    () -> pass.loss(batch(4, 1, 0, 4)));
        }
    }
}
