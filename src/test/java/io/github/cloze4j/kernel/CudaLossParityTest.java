package io.github.cloze4j.kernel;

import org.junit.jupiter.api.Tag;
import org.nd4j.linalg.api.buffer.DataType;

/** The losses of the {@code cuda} kernels on a GPU against the {@code nd4j} kernels in double precision. */
@Tag("gpu")
class CudaLossParityTest extends LossParityTest {
    @Override
    Kernels tested() {
        return KernelProviders.create("cuda", DataType.FLOAT);
    }
}
