package io.github.cloze4j.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.train.TrainingConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The testing kit with kernels whose numbers are not in the host's memory. */
@EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
class EmulatedCudaTestingTest {
    private static final int VOCABULARY = 30;
    private final Kernels kernels = KernelProviders.create(EmulatedCudaProvider.NAME, DataType.FLOAT);

    private static SeededRun run(Kernels kernels) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(1).seqLen(16).build();
        TrainingConfig config = TrainingConfig.builder().steps(1).build();
        PretrainingData data = new PretrainingData(
                SyntheticData.documents(VOCABULARY, 20, 12, 0), null, SyntheticData.vocabulary(VOCABULARY), 0);
        return SeededRun.of(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                rows,
                config,
                data,
                kernels);
    }

    @Test
    void theParametersOfASeededRunAreTheTrainedOnes() {
        float[] expected = run(KernelProviders.create("nd4j", DataType.FLOAT)).parameters();
        assertArrayEquals(expected, run(kernels).parameters(), 1e-4f);
    }

    /** Numbers near 1e-4, where a float still tells the two sides of a step apart. */
    @Test
    void aRightGradientPassesAndAWrongOneDoesNot() {
        try (Arena arena = Arena.allocate(DataType.FLOAT, 64)) {
            INDArray value = arena.take(5);
            INDArray gradient = arena.take(5);
            upload(value, 1e-4f, -2e-4f, 3e-5f, 0, 1e-4f);
            upload(gradient, 2e-4f, -4e-4f, 6e-5f, 0, 2e-4f);
            assertEquals(
                    0,
                    GradientCheck.relativeError(kernels, value, gradient, () -> kernels.squaredNorm(value)
                            .read()),
                    1e-4);
            upload(gradient, 2e-4f, -4e-4f, 6e-5f, 0, -2e-4f);
            assertTrue(GradientCheck.relativeError(kernels, value, gradient, () -> kernels.squaredNorm(value)
                            .read())
                    > 0.1);
            assertArrayEquals(new float[] {1e-4f, -2e-4f, 3e-5f, 0, 1e-4f}, new HostCopy(kernels, value).toFloats());
        }
    }

    private void upload(INDArray x, float... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(numbers);
        kernels.upload(bytes, x);
    }
}
