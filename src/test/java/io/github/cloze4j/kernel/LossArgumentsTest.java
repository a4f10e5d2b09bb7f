package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Settings and arguments of losses that are refused. */
class LossArgumentsTest {
    private final Kernels kernels = KernelProviders.create("nd4j", DataType.FLOAT);
    private final Arena arena = Arena.allocate(DataType.FLOAT, 1 << 10);

    @AfterEach
    void close() {
        arena.close();
        kernels.close();
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 0, 0, weights",
        "NaN, 0, 0, weights",
        "Infinity, 0, 0, weights",
        "1, -0.1, 0, smoothing in [0; 1)",
        "1, 1, 0, smoothing in [0; 1)",
        "1, NaN, 0, smoothing in [0; 1)",
        "1, 0, -1, gamma",
        "1, 0, Infinity, gamma",
        "1, 0, NaN, gamma",
        "1, 0.1, 2, Set one of them to 0"
    })
    void settingsOutOfRangeAreRefused(double weight, double smoothing, double gamma, String message) {
        IllegalArgumentException error = assertThrows(
                IllegalArgumentException.class, () -> new ClassLoss(List.of(weight, 1.0), smoothing, gamma));
        assertTrue(error.getMessage().contains(message.replace(';', ',')), error.getMessage());
    }

    @Test
    void argumentsThatDoNotFitTheScoresAreRefusedBeforeAnythingIsWritten() {
        INDArray scores = arena.take(3, 2);
        LossCase.write(kernels, scores, new double[] {1, 2, 3, 4, 5, 6});
        ClassLoss weighted = new ClassLoss(List.of(1.0, 1.0, 1.0), 0, 0);
        assertRefused("a label for each of 3 rows", () -> kernels.crossEntropy(scores, new int[] {0, 1}, 1));
        assertRefused("labels in [0, 2)", () -> kernels.crossEntropy(scores, new int[] {0, 1, 2}, 1));
        assertRefused("labels in [0, 2)", () -> kernels.crossEntropy(scores, new int[] {0, 1, -1}, 1));
        assertRefused(
                "a weight for each of 2 classes", () -> kernels.crossEntropy(scores, new int[] {0, 1, 1}, weighted, 1));
        assertRefused("a value for each of 6 scores", () -> kernels.squaredError(scores, new float[5], 1));
        float[] values = {0, 1, 0, 1, 0, 1.5f};
        assertRefused("values in [0, 1]", () -> kernels.sigmoidCrossEntropy(scores, values, 1));
        float[] broken = {0, 1, 0, 1, 0, Float.NaN};
        assertRefused("finite values", () -> kernels.squaredError(scores, broken, 1));
        assertRefused("finite values", () -> kernels.sigmoidCrossEntropy(scores, broken, 1));
        assertRefusedSpan("two labels", scores, new int[] {3}, 0, 0, 0);
        assertRefusedSpan("two columns", arena.take(2, 3), new int[] {2}, 0, 0);
        assertRefusedSpan("inside their groups", scores, new int[] {3}, 0, 3);
        assertRefusedSpan("inside their groups", scores, new int[] {3}, -1, 0);
        assertRefusedSpan("inside their groups", scores, new int[] {2, 2, 3}, 0, 0, 0, 0, 0, 0);
        assertRefusedSpan("inside their groups", scores, new int[] {2, 1, 3}, 0, 0, 0, 0, 0, 0);
        assertRefusedSpan("end with row 3", scores, new int[] {2}, 0, 0);
        assertRefusedSpan("end with row 3", scores, new int[] {2, 4}, 0, 0, 0, 0);
        assertEquals(
                List.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
                Arrays.stream(LossCase.read(kernels, scores)).boxed().toList());
    }

    private void assertRefusedSpan(String message, INDArray scores, int[] ends, int... labels) {
        assertRefused(message, () -> kernels.spanCrossEntropy(scores, ends, labels, 1));
    }

    private static void assertRefused(String message, Runnable operation) {
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, operation::run);
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }
}
