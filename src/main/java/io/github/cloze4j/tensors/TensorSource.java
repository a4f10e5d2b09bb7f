package io.github.cloze4j.tensors;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor that can be written to a file: row-major, little endian. Its elements are read piece by piece, so that they need
 * not be in Java's memory as a whole.
 */
public interface TensorSource {
    /** The bytes of direct memory that {@link #forEachPiece} takes, however many tensors there are and however long. */
    int PIECE_BYTES = 1 << 20;

    /** Any text but {@code __metadata__}. */
    String name();

    /** The type of the elements. */
    TensorType type();

    /** The lengths of the dimensions; none for a scalar. A copy. */
    long[] shape();

    /**
     * Reads a part of the elements.
     *
     * @param position the first byte of the part, a multiple of the element's width
     * @param into the buffer for the part; exactly the bytes of the part remain in it, and its position stays
     */
    void read(long position, ByteBuffer into);

    /** The bytes of all elements; {@link ArithmeticException} from 2^63 on. */
    default long byteLength() {
        return NamedTensor.byteLength(type(), shape());
    }

    /** Takes a piece of a tensor, which is overwritten after the call. */
    @FunctionalInterface
    interface Sink<E extends Exception> {
        /** Reads all that remains of the piece. */
        void accept(ByteBuffer piece) throws E;
    }

    /** Hands the elements of all tensors over in their order, through one buffer of {@link #PIECE_BYTES}. */
    static <E extends Exception> void forEachPiece(List<? extends TensorSource> tensors, Sink<E> sink) throws E {
        ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE_BYTES);
        for (TensorSource tensor : tensors) {
            forEachPiece(tensor, buffer, sink);
        }
    }

    /**
     * Hands the elements of one tensor over. Those of a {@link NamedTensor} are in memory and come as one piece.
     *
     * @param buffer holds a piece at a time; a multiple of 8 bytes
     */
    static <E extends Exception> void forEachPiece(TensorSource tensor, ByteBuffer buffer, Sink<E> sink) throws E {
        if (tensor instanceof NamedTensor inMemory) {
            sink.accept(inMemory.data());
            return;
        }
        long length = tensor.byteLength();
        for (long done = 0; done < length; done += buffer.remaining()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
            tensor.read(done, buffer);
            sink.accept(buffer.duplicate());
        }
    }
}
