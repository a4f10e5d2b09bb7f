package io.github.cloze4j.kernel.cpu;

/** oneDNN's softmax; a primitive for each shape, made once in each thread. */
final class OneDnnSoftmax implements RowSoftmax {
    @Override
    public void apply(Worker worker, Floats x, int start, int rows, int columns) {
        long shape = ((long) rows << Integer.SIZE) | columns;
        OneDnn.Unary softmax = worker.softmaxes.get(shape);
        if (softmax == null) {
            softmax = OneDnn.instance().softmax(rows, columns);
            worker.softmaxes.put(shape, softmax);
        }
        softmax.run(worker, x.address(start), x.address(start));
    }
}
