package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.OptimizerKind;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** After a close no way leads to the memory: each throws, in our words. On the version before, most ended the JVM. */
class ClosedModelTest {
    private static final BertConfig SHAPE = BertGradientTest.tiny(Activation.GELU, 0);

    private static void assertRefused(Executable access) {
        String message = assertThrows(IllegalStateException.class, access).getMessage();
        assertTrue(message.contains("closed") && message.startsWith("Expected"), message);
    }

    static Kernels kernels(String name) {
        assumeTrue(!name.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable());
        return KernelProviders.create(name, DataType.FLOAT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j", EmulatedCudaProvider.NAME})
    void everyAccessAfterCloseIsRefused(String name) {
        try (Kernels kernels = kernels(name)) {
            Bert model = new Bert(SHAPE, List.of(LanguageModelHead.MASKED), kernels);
            model.initialize(1);
            ParameterStore store = model.parameters();
            Parameter parameter = store.parameters().get(0);
            INDArray held = parameter.value();
            INDArray heldGradient = parameter.gradient();
            TrainingPass pass = model.trainingPass(1, 4, 2);
            AdamW optimizer = new AdamW(store, OptimizerKind.ADAMW, 0.9, 0.98, 1e-6, 0.01);
            ByteBuffer bytes = ByteBuffer.allocate((int) held.length() * Float.BYTES);
            ByteBuffer gradientBytes = ByteBuffer.allocate((int) heldGradient.length() * Float.BYTES);
            kernels.download(held, bytes);

            model.close();
            model.close();

            assertRefused(parameter::value);
            assertRefused(parameter::gradient);
            assertRefused(() -> store.parameter(parameter.name()).value());
            assertRefused(store::values);
            assertRefused(store::gradients);
            assertRefused(store::zeroGradients);
            assertRefused(() -> store.view(optimizer.firstMoments(), parameter));
            assertRefused(() -> kernels.download(held, bytes));
            assertRefused(() -> kernels.upload(bytes, held));
            assertRefused(() -> kernels.zero(heldGradient));
            assertRefused(() -> kernels.download(heldGradient, gradientBytes));
            assertRefused(() -> kernels.squaredNorm(held).read());
            assertRefused(() -> optimizer.step(1, 1e-3, Clipping.NONE));
            assertRefused(() -> model.initialize(1));
            assertRefused(() -> model.trainingPass(1, 4, 2));
            // ND4J's own access to a view that outlived the model: defined, and of no other memory.
            assertEquals(0, held.getFloat(0));
            assertEquals(0, held.norm1Number().doubleValue());
            pass.close();
            optimizer.close();
            assertRefused(optimizer.firstMoments()::flat);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j", EmulatedCudaProvider.NAME})
    void closedKernelsAreRefusedAndTheirModelsStillClose(String name) {
        Kernels kernels = kernels(name);
        Bert model = new Bert(SHAPE, List.of(LanguageModelHead.MASKED), kernels);
        INDArray value = model.parameters().parameters().get(0).value();

        kernels.close();
        kernels.close();

        assertRefused(() -> kernels.zero(value));
        assertRefused(() -> model.initialize(1));
        model.close();
    }
}
