package io.github.cloze4j.architecture.bad.kernel.cpu;

import org.bytedeco.openblas.global.openblas;

/** Allowed. */
public final class BlasInItsPlace {
    public void limitThreads() {
        openblas.blas_set_num_threads(1);
    }
}
