package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Causal and prefix attention against the numbers of PyTorch, made by {@code make_attention_fixture.py}. */
class AttentionGoldenTest {
    private static final int HEADS = 3;
    private static final int HIDDEN = 15;

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-14", "nd4j, FLOAT, 2e-6", "cpu, FLOAT, 2e-6", "cuda-emulated, FLOAT, 2e-6"})
    void causalAndPrefixAttentionAreThoseOfPyTorch(String provider, DataType type, double tolerance)
            throws URISyntaxException {
        assumeTrue(
                !provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable(),
                EmulatedCudaProvider.NEEDS);
        Path path =
                Path.of(Objects.requireNonNull(AttentionGoldenTest.class.getResource("/golden/attention.safetensors"))
                        .toURI());
        try (SafeTensorsFile golden = SafeTensors.open(path);
                Kernels kernels = KernelProviders.create(provider, type)) {
            int[] lengths = integers(golden, "lengths");
            int[] offsets = new int[lengths.length + 1];
            for (int d = 0; d < lengths.length; d++) {
                offsets[d + 1] = offsets[d] + lengths[d];
            }
            check(kernels, golden, Documents.causal(offsets), "causal", tolerance);
            check(kernels, golden, new Documents(offsets, integers(golden, "prefixes")), "prefix", tolerance);
        }
    }

    private static void check(
            Kernels kernels, SafeTensorsFile golden, Documents documents, String name, double tolerance) {
        int tokens = documents.tokens();
        try (Arena arena = Arena.allocate(kernels.type(), 1 << 16)) {
            INDArray qkv = written(kernels, arena.take(tokens, 3 * HIDDEN), numbers(golden, "qkv"));
            INDArray dContext = written(kernels, arena.take(tokens, HIDDEN), numbers(golden, "d_context"));
            INDArray context = arena.take(tokens, HIDDEN);
            INDArray dQkv = arena.take(tokens, 3 * HIDDEN);
            INDArray probabilities = arena.take((long) HEADS * tokens * documents.longest());
            kernels.attention(qkv, documents, HEADS, Dropout.NONE, probabilities, context);
            kernels.attentionBackward(dContext, qkv, documents, HEADS, Dropout.NONE, probabilities, dQkv);
            assertArrayEquals(numbers(golden, name + ".context"), read(kernels, context), tolerance, name);
            assertArrayEquals(numbers(golden, name + ".d_qkv"), read(kernels, dQkv), tolerance, name);
        }
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

    private static INDArray written(Kernels kernels, INDArray array, double[] numbers) {
        ByteBuffer bytes = bytesOf(array);
        for (double number : numbers) {
            if (array.dataType() == DataType.DOUBLE) {
                bytes.putDouble(number);
            } else {
                bytes.putFloat((float) number);
            }
        }
        kernels.upload(bytes.flip(), array);
        return array;
    }

    private static double[] read(Kernels kernels, INDArray array) {
        ByteBuffer bytes = bytesOf(array);
        kernels.download(array, bytes);
        double[] numbers = new double[(int) array.length()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.dataType() == DataType.DOUBLE ? bytes.getDouble() : bytes.getFloat();
        }
        return numbers;
    }

    private static ByteBuffer bytesOf(INDArray array) {
        return ByteBuffer.allocate((int) array.length() * array.dataType().width())
                .order(ByteOrder.nativeOrder());
    }
}
