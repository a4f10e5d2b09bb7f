package io.github.cloze4j.inference;

import io.github.cloze4j.kernel.Kernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The rows of a model's output, copied out of the kernels' memory: one matrix at a time. */
public final class OutputRows {
    private final Kernels kernels;
    private final DataType type;
    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private double[] row = new double[0];

    /**
     * Memory for matrices of these kernels.
     *
     * @param type the number type of the matrices
     */
    public OutputRows(Kernels kernels, DataType type) {
        this.kernels = kernels;
        this.type = type;
    }

    /** Copies a matrix {@code [rows, columns]}; it takes the place of the one before. */
    public void read(INDArray matrix) {
        int size = Math.toIntExact(Math.multiplyExact(matrix.length(), type.width()));
        if (bytes.capacity() < size) {
            bytes = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        }
        bytes.clear().limit(size);
        kernels.download(matrix, bytes);
        int columns = Math.toIntExact(matrix.size(1));
        if (row.length != columns) {
            row = new double[columns];
        }
    }

    /** A row of the matrix, {@code [columns]}, until the next is asked for. */
    public double[] row(int index) {
        int start = index * row.length;
        for (int i = 0; i < row.length; i++) {
            row[i] = type == DataType.FLOAT
                    ? bytes.getFloat((start + i) * Float.BYTES)
                    : bytes.getDouble((start + i) * Double.BYTES);
        }
        return row;
    }
}
