package io.github.cloze4j.kernel.cpu;

/** Softmax of each row of a matrix in place, on the calling thread. */
interface RowSoftmax {
    /** {@code p[i] = exp(x[i] - max) / Σ exp(x[j] - max)} of each row. */
    void apply(Worker worker, Floats x, long start, int rows, int columns);
}
