package io.github.cloze4j.kernel.cpu;

/** Makes operands of arrays. An operand is valid until the one after the next is asked for, a weight until it changes. */
interface Operands extends AutoCloseable {
    /** Products in float take arrays as they are. */
    Operands FLOAT = new Operands() {
        @Override
        public Operand of(Floats array, int length) {
            return array;
        }

        @Override
        public Operand weight(Floats array, int length) {
            return array;
        }

        @Override
        public int room(int length) {
            return length;
        }

        @Override
        public Operand ofScratch(Worker worker, Floats scratch, int length) {
            return scratch;
        }

        @Override
        public void weightsChanged() {}

        @Override
        public void close() {}
    };

    /** Of the first {@code length} elements of an array. */
    Operand of(Floats array, int length);

    /** The same, of an array that stays the same until {@link #weightsChanged}. */
    Operand weight(Floats array, int length);

    /** The length of scratch for {@link #ofScratch}. */
    int room(int length);

    /** Of the first {@code length} elements of scratch, made on the worker's thread and valid until its next one. */
    Operand ofScratch(Worker worker, Floats scratch, int length);

    /** After a step of the optimizer, or an upload. */
    void weightsChanged();

    /** Frees everything that was made. */
    @Override
    void close();
}
