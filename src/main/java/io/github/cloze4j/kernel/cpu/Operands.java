package io.github.cloze4j.kernel.cpu;

/** Makes operands of arrays. An operand is valid until the one after the next is made, a weight until its array changes. */
interface Operands extends AutoCloseable {
    /** Products in float take arrays as they are. */
    Operands FLOAT = new Operands() {
        @Override
        public Operand of(Floats array, long length) {
            return array;
        }

        @Override
        public Operand weight(Floats array, long length) {
            return array;
        }

        @Override
        public int room(int length) {
            return length;
        }

        @Override
        public Operand ofScratch(Worker worker, int image, Floats scratch, long first, int length) {
            return index -> scratch.address(first + index);
        }

        @Override
        public void changed(Floats array, long length) {}

        @Override
        public void close() {}
    };

    /** Of the first {@code length} elements of an array. */
    Operand of(Floats array, long length);

    /** The same, of an array that stays as it is until {@link #changed}: its operand is made once after each change. */
    Operand weight(Floats array, long length);

    /** The length of scratch for {@link #ofScratch}. */
    int room(int length);

    /** The number of a worker's images for {@link #ofScratch}. */
    int IMAGES = 2;

    /**
     * Of {@code length} elements of scratch, made on the worker's thread.
     *
     * @param image the worker's image that the operand may be in, below {@link #IMAGES}: valid until its next use
     * @param first the first element; {@link #room} elements follow
     */
    Operand ofScratch(Worker worker, int image, Floats scratch, long first, int length);

    /** Called for every array that an operation writes: operands of weights that share elements with it are out of date. */
    void changed(Floats array, long length);

    /** Frees everything that was made. */
    @Override
    void close();
}
