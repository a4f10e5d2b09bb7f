package io.github.cloze4j.tensors;

/** The element types of the safetensors format that Cloze4J reads and writes; the constants bear the names in the file. */
public enum TensorType {
    /** IEEE 754 double precision. */
    F64(8),
    /** IEEE 754 single precision. */
    F32(4),
    /** IEEE 754 half precision. */
    F16(2),
    /** The upper half of a single precision number. */
    BF16(2),
    /** Signed 64-bit integer. */
    I64(8),
    /** Signed 32-bit integer. */
    I32(4),
    /** Signed 16-bit integer. */
    I16(2),
    /** Signed 8-bit integer. */
    I8(1),
    /** Unsigned 8-bit integer. */
    U8(1),
    /** One byte, 0 or 1. */
    BOOL(1);

    private final int width;

    TensorType(int width) {
        this.width = width;
    }

    /** The bytes of one element. */
    public int width() {
        return width;
    }
}
