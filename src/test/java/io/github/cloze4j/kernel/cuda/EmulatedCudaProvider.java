package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.KernelProvider;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/** The {@code cuda} kernels on an emulated device, for tests. A test that asks for them is skipped where g++ is missing. */
public final class EmulatedCudaProvider implements KernelProvider {
    private static @Nullable DeviceQueue queue;

    @Override
    public String name() {
        return "cuda-emulated";
    }

    @Override
    public int priority() {
        return -2;
    }

    @Override
    public Kernels create(DataType type, Precision precision, int threads) {
        Nd4jBackend.load();
        return new CudaKernels(queue(), precision);
    }

    private static synchronized DeviceQueue queue() {
        if (queue == null) {
            long seed = System.nanoTime();
            System.err.println("EmulatedCudaProvider seed " + seed);
            queue = new DeviceQueue(new EmulatedDriver(seed));
        }
        return queue;
    }
}
