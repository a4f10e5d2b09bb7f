package io.github.cloze4j.architecture.bad.nn;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes beside the kernels. */
public final class ArrayArithmetic {
    public void add(INDArray x, INDArray y) {
        y.addi(x);
    }
}
