package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Losses and their gradients against the numbers of PyTorch, made by {@code make_loss_fixture.py}. */
class LossGoldenTest {
    private static final double SCALE = 0.25;
    private static final int CLASSES = 37;

    private interface Loss {
        Pending<LossSum> of(Kernels kernels, INDArray scores);
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-13", "nd4j, FLOAT, 1e-6", "cpu, FLOAT, 1e-6", "cuda-emulated, FLOAT, 1e-6"})
    void lossesAndGradientsAreThoseOfPyTorch(String provider, DataType type, double tolerance)
            throws URISyntaxException {
        assumeTrue(
                !provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable(),
                EmulatedCudaProvider.NEEDS);
        Path path = Path.of(Objects.requireNonNull(LossGoldenTest.class.getResource("/golden/losses.safetensors"))
                .toURI());
        try (SafeTensorsFile golden = SafeTensors.open(path);
                Kernels kernels = KernelProviders.create(provider, type)) {
            Check check = new Check(kernels, golden, tolerance);
            int[] labels = integers(golden, "labels");
            List<Double> weights =
                    Arrays.stream(numbers(golden, "weights")).boxed().toList();
            check.classes("plain", labels, ClassLoss.PLAIN);
            check.classes("weighted", labels, new ClassLoss(weights, 0, 0));
            check.classes("smoothed", labels, new ClassLoss(List.of(), 0.1, 0));
            check.classes("weighted_and_smoothed", labels, new ClassLoss(weights, 0.1, 0));
            check.classes("focal_half", labels, new ClassLoss(List.of(), 0, 0.5));
            check.classes("weighted_focal_2", labels, new ClassLoss(weights, 0, 2));
            float[] shares = floats(golden, "shares");
            check.loss(
                    "sigmoid",
                    "logits",
                    CLASSES,
                    correctShares(numbers(golden, "logits"), shares),
                    (on, x) -> on.sigmoidCrossEntropy(x, shares, SCALE));
            float[] values = floats(golden, "values");
            check.loss("squared", "logits", CLASSES, LossSum.NO_ANSWERS, (on, x) -> on.squaredError(x, values, SCALE));
            int[] ends = integers(golden, "ends");
            int[] spans = integers(golden, "span_labels");
            double[] scores = numbers(golden, "scores");
            check.loss(
                    "span",
                    "scores",
                    2,
                    correctSpans(scores, ends, spans),
                    (on, x) -> on.spanCrossEntropy(x, ends, spans, SCALE));
        }
    }

    private record Check(Kernels kernels, SafeTensorsFile golden, double tolerance) {
        void classes(String name, int[] labels, ClassLoss loss) {
            double[] logits = numbers(golden, "logits");
            int correct = 0;
            for (int row = 0; row < labels.length; row++) {
                correct += highest(logits, row * CLASSES, 1, CLASSES) == labels[row] ? 1 : 0;
            }
            loss(name, "logits", CLASSES, correct, (on, x) -> on.crossEntropy(x, labels, loss, SCALE));
        }

        void loss(String name, String input, int columns, int correct, Loss loss) {
            double[] scores = numbers(golden, input);
            try (Arena arena = Arena.allocate(kernels.type(), 1 << 12)) {
                INDArray x = arena.take(scores.length / columns, columns);
                LossCase.write(kernels, x, scores);
                LossSum sum = loss.of(kernels, x).read();
                double expected = numbers(golden, name + ".loss")[0];
                assertEquals(expected, sum.sum(), tolerance * expected, name);
                assertEquals(correct, sum.correct(), name);
                assertArrayEquals(numbers(golden, name + ".gradient"), LossCase.read(kernels, x), tolerance, name);
            }
        }
    }

    private static int correctShares(double[] logits, float[] shares) {
        int correct = 0;
        for (int row = 0; row < shares.length / CLASSES; row++) {
            boolean right = true;
            for (int i = row * CLASSES; i < (row + 1) * CLASSES; i++) {
                right &= logits[i] > 0 == shares[i] > 0.5;
            }
            correct += right ? 1 : 0;
        }
        assertEquals(1, correct, "the row that the fixture makes right");
        return correct;
    }

    private static int correctSpans(double[] scores, int[] ends, int[] labels) {
        int correct = 0;
        for (int group = 0; group < ends.length; group++) {
            int start = group == 0 ? 0 : ends[group - 1];
            int length = ends[group] - start;
            correct += highest(scores, 2 * start, 2, length) == labels[2 * group]
                            && highest(scores, 2 * start + 1, 2, length) == labels[2 * group + 1]
                    ? 1
                    : 0;
        }
        return correct;
    }

    private static int highest(double[] scores, int start, int stride, int count) {
        int highest = 0;
        for (int i = 1; i < count; i++) {
            highest = scores[start + i * stride] > scores[start + highest * stride] ? i : highest;
        }
        return highest;
    }

    private static float[] floats(SafeTensorsFile golden, String name) {
        double[] numbers = numbers(golden, name);
        float[] floats = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return floats;
    }

    private static int[] integers(SafeTensorsFile golden, String name) {
        return Arrays.stream(numbers(golden, name))
                .mapToInt(number -> (int) number)
                .toArray();
    }

    private static double[] numbers(SafeTensorsFile golden, String name) {
        ByteBuffer bytes = golden.tensor(name).data().order(ByteOrder.LITTLE_ENDIAN);
        double[] numbers = new double[bytes.remaining() / Double.BYTES];
        bytes.asDoubleBuffer().get(numbers);
        return numbers;
    }
}
