package io.github.cloze4j.kernel.cpu;

/** An operand of a product as its library takes it: the array itself, or its image in another number type. */
interface Operand {
    /** Where an element is. */
    long address(long index);
}
