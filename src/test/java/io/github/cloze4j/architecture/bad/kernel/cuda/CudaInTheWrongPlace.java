package io.github.cloze4j.architecture.bad.kernel.cuda;

import org.bytedeco.cuda.global.cudart;

/** The families of kernels know {@code CudaDriver} only. */
public final class CudaInTheWrongPlace {
    public int initialize() {
        return cudart.cuInit(0);
    }
}
