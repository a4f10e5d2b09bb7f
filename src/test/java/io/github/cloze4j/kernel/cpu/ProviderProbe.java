package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A program that asks for kernels twice, as one may, multiplies with them, and says what it got. */
final class ProviderProbe {
    private ProviderProbe() {}

    public static void main(String[] arguments) {
        try {
            KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT, Precision.FULL, 1);
            Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT, Precision.FULL, 1);
            System.out.println("got " + kernels.describe() + ", 3 * 4 = " + product(kernels, 3, 4));
        } catch (BackendException refused) {
            System.out.println("refused " + refused.getMessage());
        }
    }

    private static float product(Kernels kernels, float x, float y) {
        try (Arena arena = Arena.allocate(DataType.FLOAT, 3 * Arena.aligned(1, DataType.FLOAT))) {
            INDArray a = arena.take(1, 1);
            INDArray b = arena.take(1, 1);
            INDArray c = arena.take(1, 1);
            ByteBuffer number = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.nativeOrder());
            kernels.upload(number.putFloat(0, x), a);
            kernels.upload(number.putFloat(0, y), b);
            kernels.gemm(false, false, 1, a, b, 0, c);
            kernels.download(c, number);
            return number.getFloat(0);
        }
    }
}
