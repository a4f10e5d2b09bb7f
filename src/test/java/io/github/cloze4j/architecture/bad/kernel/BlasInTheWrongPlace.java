package io.github.cloze4j.architecture.bad.kernel;

import org.bytedeco.openblas.global.openblas;

/** The interface knows no library. */
public final class BlasInTheWrongPlace {
    public void limitThreads() {
        openblas.blas_set_num_threads(1);
    }
}
