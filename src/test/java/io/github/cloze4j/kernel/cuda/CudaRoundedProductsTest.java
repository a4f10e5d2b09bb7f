package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import org.junit.jupiter.api.Tag;
import org.nd4j.linalg.api.buffer.DataType;

/** On a GPU. Without one this fails. */
@Tag("gpu")
class CudaRoundedProductsTest extends RoundedProductsParity {
    @Override
    Kernels kernels(Precision precision) {
        return KernelProviders.create("cuda", DataType.FLOAT, precision, 1);
    }
}
