package io.github.cloze4j.kernel.cpu;

/** Makes operands of arrays. An operand is valid until the one after the next is asked for, a weight until it changes. */
interface Operands {
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
        public void weightsChanged() {}
    };

    /** Of the first {@code length} elements of an array. */
    Operand of(Floats array, int length);

    /** The same, of an array that stays the same until {@link #weightsChanged}. */
    Operand weight(Floats array, int length);

    /** After a step of the optimizer, or an upload. */
    void weightsChanged();
}
