package io.github.cloze4j.kernel;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A matrix that {@link Kernels#muon} moves. All arrays are {@code [out, in]}, without gaps between rows.
 *
 * @param value the matrix
 * @param gradient its gradient
 * @param momentum the running mean of its gradients
 * @param rateFactor the learning rate of the matrix as a multiple of that of the step; at least 0
 */
public record MuonMatrix(INDArray value, INDArray gradient, INDArray momentum, double rateFactor) {
    /** {@code [out, in]} of each matrix. */
    public static List<long[]> shapes(List<MuonMatrix> matrices) {
        return matrices.stream().map(matrix -> matrix.value().shape()).toList();
    }
}
