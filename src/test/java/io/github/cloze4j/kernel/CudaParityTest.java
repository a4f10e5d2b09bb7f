package io.github.cloze4j.kernel;

import org.junit.jupiter.api.Tag;
import org.nd4j.linalg.api.buffer.DataType;

/** The {@code cuda} kernels on a GPU against the {@code nd4j} kernels in double precision. Without a GPU these tests fail. */
@Tag("gpu")
class CudaParityTest extends KernelParityTest {
    @Override
    Kernels tested() {
        return KernelProviders.create("cuda", DataType.FLOAT);
    }
}
