package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.cuda.driver.CudaDependency;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import org.junit.jupiter.api.Tag;

/** Graphs on a GPU: whether the driver and cuBLAS take part in a capture. Without a GPU this fails. */
@Tag("gpu")
class CudaStepGraphTest extends StepGraphParity {
    @Override
    CudaDriver open() {
        return CudaDependency.open();
    }
}
