package io.github.cloze4j.kernel.cpu;

/** Softmax where there is no oneDNN. */
final class JavaSoftmax implements RowSoftmax {
    private static final int SLOT = 0;

    @Override
    public void apply(Worker worker, Floats x, long start, int rows, int columns) {
        float[] row = worker.block(SLOT, columns);
        for (long at = start; at < start + (long) rows * columns; at += columns) {
            x.read(at, row, columns);
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < columns; i++) {
                max = Math.max(max, row[i]);
            }
            double sum = 0;
            for (int i = 0; i < columns; i++) {
                row[i] = (float) Math.exp(row[i] - max);
                sum += row[i];
            }
            float inverse = (float) (1 / sum);
            for (int i = 0; i < columns; i++) {
                row[i] *= inverse;
            }
            x.write(at, row, columns);
        }
    }
}
