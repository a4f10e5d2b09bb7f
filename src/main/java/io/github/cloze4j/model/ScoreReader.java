package io.github.cloze4j.model;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Takes a head's scores while they exist. */
@FunctionalInterface
public interface ScoreReader {
    /**
     * Takes the scores of some rows; it is called for all rows in their order.
     *
     * @param first the number of the first row of the scores
     * @param scores {@code [rows, outputs]} the scores of {@code first} and of the rows after it. The reader may overwrite
     *     them; after it returns they are gone
     */
    void read(int first, INDArray scores);
}
