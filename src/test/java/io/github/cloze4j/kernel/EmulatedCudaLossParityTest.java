package io.github.cloze4j.kernel;

import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.buffer.DataType;

/** The losses of the {@code cuda} provider, all of it but the device, against the {@code nd4j} kernels in double precision. */
@EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
class EmulatedCudaLossParityTest extends LossParityTest {
    @Override
    Kernels tested() {
        return KernelProviders.create(EmulatedCudaProvider.NAME, DataType.FLOAT);
    }
}
