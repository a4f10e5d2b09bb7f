package io.github.cloze4j.architecture.bad.model;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Allocates beside the arenas. */
public final class Nd4jFactory {
    public INDArray zeros() {
        return Nd4j.zeros(1);
    }
}
