package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.KernelProvider;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import org.nd4j.linalg.api.buffer.DataType;

/** The {@code cuda} kernels on an emulated device, for tests. */
public final class EmulatedCudaProvider implements KernelProvider {
    /** As {@code --kernels} takes it. */
    public static final String NAME = "cuda-emulated";

    /** The method that says whether a test can run, for JUnit. */
    public static final String IS_AVAILABLE = EmulatedDevice.IS_AVAILABLE;

    /** Why a test is skipped. */
    public static final String NEEDS = EmulatedDevice.NEEDS;

    /** Whether the emulated device can be compiled here. */
    public static boolean isAvailable() {
        return EmulatedDevice.isAvailable();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return -2;
    }

    @Override
    public Kernels create(DataType type, Precision precision, int threads) {
        Nd4jBackend.load();
        long seed = System.nanoTime();
        System.err.println("EmulatedCudaProvider seed " + seed);
        return new CudaKernels(new DeviceQueue(new EmulatedDriver(seed)), precision);
    }
}
