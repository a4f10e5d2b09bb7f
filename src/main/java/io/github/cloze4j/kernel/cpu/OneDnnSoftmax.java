package io.github.cloze4j.kernel.cpu;

/** oneDNN's softmax; a primitive for each shape and each worker. */
final class OneDnnSoftmax implements RowSoftmax {
    @Override
    public void apply(Worker worker, Floats x, long start, int rows, int columns) {
        long shape = ((long) rows << Integer.SIZE) | columns;
        worker.team
                .softmaxes
                .of(worker.index, shape, OneDnnSoftmax::make)
                .run(worker, x.address(start), x.address(start));
    }

    private static OneDnn.Unary make(long shape) {
        return OneDnn.instance().softmax((int) (shape >>> Integer.SIZE), (int) shape);
    }
}
