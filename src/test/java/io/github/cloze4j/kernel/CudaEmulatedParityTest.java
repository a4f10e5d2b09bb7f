package io.github.cloze4j.kernel;

import org.nd4j.linalg.api.buffer.DataType;

/** The {@code cuda} provider, all of it but the device, against the {@code nd4j} kernels. */
class CudaEmulatedParityTest extends KernelParityTest {
    @Override
    Kernels tested() {
        return KernelProviders.create("cuda-emulated", DataType.FLOAT);
    }
}
