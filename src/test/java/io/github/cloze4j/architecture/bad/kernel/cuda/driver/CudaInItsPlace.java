package io.github.cloze4j.architecture.bad.kernel.cuda.driver;

import org.bytedeco.cuda.global.cudart;

/** Allowed. */
public final class CudaInItsPlace {
    public int initialize() {
        return cudart.cuInit(0);
    }
}
