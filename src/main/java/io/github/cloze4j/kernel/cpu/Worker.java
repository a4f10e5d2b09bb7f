package io.github.cloze4j.kernel.cpu;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/** What one thread works with: arrays and native memory that grow to the largest size asked of them and are then reused. */
final class Worker {
    private static final int SLOTS = 6;

    /** Places of operands, which native calls take as pointers. */
    final Operand a = new Operand();

    final Operand b = new Operand();
    final Operand c = new Operand();

    static final int PRODUCT_ARGUMENTS = 3;

    /** Softmax primitives by rows and columns. */
    final Map<Long, OneDnn.Unary> softmaxes = new HashMap<>();

    /** Conversion of blocks to bfloat16, when there was one. */
    OneDnn.@Nullable Unary conversion;

    /** Operands of products by shape. */
    final Map<OneDnnBf16Gemm.Shape, OneDnn.Memory> matrices = new HashMap<>();

    private @Nullable dnnl_exec_arg_t productArguments;

    volatile boolean asleep;

    private final float[][] blocks = new float[SLOTS][0];
    private final @Nullable Floats[] scratches = new Floats[SLOTS];
    private int[] bits = new int[0];
    private int[] keep = new int[0];
    private int[] marked = new int[0];

    /** A pointer that goes where it is told. */
    static final class Operand extends FloatPointer {
        private Operand() {
            super((org.bytedeco.javacpp.Pointer) null);
        }

        Operand at(long place) {
            address = place;
            return this;
        }
    }

    /** Arguments of a product. */
    dnnl_exec_arg_t productArguments() {
        if (productArguments == null) {
            productArguments = new dnnl_exec_arg_t(PRODUCT_ARGUMENTS);
        }
        return productArguments;
    }

    /** An array of at least {@code size}, of unspecified content; two slots never share one. */
    float[] block(int slot, int size) {
        if (blocks[slot].length < size) {
            blocks[slot] = new float[size];
        }
        return blocks[slot];
    }

    /** An array of at least {@code size} for the bits of floats. */
    int[] bits(int size) {
        if (bits.length < size) {
            bits = new int[size];
        }
        return bits;
    }

    /** An array of at least {@code size} for a dropout mask. */
    int[] keep(int size) {
        if (keep.length < size) {
            keep = new int[size];
        }
        return keep;
    }

    /** An array of at least {@code size} for marked bits. */
    int[] marked(int size) {
        if (marked.length < size) {
            marked = new int[size];
        }
        return marked;
    }

    /** Native memory for at least {@code size} floats; two slots never share it. */
    Floats scratch(int slot, int size) {
        Floats scratch = scratches[slot];
        if (scratch == null || scratch.length() < size) {
            scratch = Floats.allocate(size);
            scratches[slot] = scratch;
        }
        return scratch;
    }
}
