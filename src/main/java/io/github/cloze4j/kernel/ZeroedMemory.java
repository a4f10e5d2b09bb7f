package io.github.cloze4j.kernel;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An array of zeros outside the Java heap whose pages the system provides when they are first used. ND4J's own allocation
 * writes to all of them, also where it is asked for memory with any content: arrays that only mark a place, because kernels
 * keep their numbers on a device, would take as much memory again.
 *
 * <p>It is freed when it is closed or, at the latest, when no view of it is left.
 */
final class ZeroedMemory implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final INDArray array;
    /** Null where the memory is ND4J's own. */
    private final Cleaner.@Nullable Cleanable memory;

    private ZeroedMemory(INDArray array, Cleaner.@Nullable Cleanable memory) {
        this.array = array;
        this.memory = memory;
    }

    /** Of the system's C library. */
    private interface MemoryMapping extends Library {
        int READ_AND_WRITE = 1 | 2;
        int PRIVATE_AND_ANONYMOUS = 0x02 | 0x20;
        long FAILED = -1;

        long mmap(@Nullable Pointer at, NativeLong length, int protection, int flags, int file, NativeLong offset);

        int munmap(Pointer start, NativeLong length);
    }

    /** Loaded at the first use, where it is known. */
    private static final class Mapping {
        /** Null where JNA cannot be loaded, as from a temporary directory that holds no programs. */
        static final @Nullable MemoryMapping SYSTEM = load();

        private static @Nullable MemoryMapping load() {
            try {
                return Native.load(Platform.C_LIBRARY_NAME, MemoryMapping.class);
            } catch (LinkageError noJna) {
                return null;
            }
        }
    }

    /** @throws OutOfMemoryError if the system has no room for them */
    static ZeroedMemory allocate(DataType type, long elements) {
        MemoryMapping system = Platform.isLinux()
                        && Platform.is64Bit()
                        && Nd4j.getEnvironment().isCPU()
                ? Mapping.SYSTEM
                : null;
        if (system == null) {
            // ND4J for GPUs has a place on the device for each buffer that it makes itself.
            return new ZeroedMemory(Nd4j.create(type, elements), null);
        }
        long bytes = Math.multiplyExact(elements, type.width());
        NativeLong length = new NativeLong(bytes);
        // Not malloc or calloc: they keep what is freed, for each thread by itself.
        long start = system.mmap(
                null, length, MemoryMapping.READ_AND_WRITE, MemoryMapping.PRIVATE_AND_ANONYMOUS, -1, new NativeLong(0));
        if (start == MemoryMapping.FAILED) {
            throw new OutOfMemoryError("no " + FreeMemory.readable(bytes) + " outside the Java heap");
        }
        Pointer mapped = new Pointer(start);
        DataBuffer buffer = Nd4j.createBuffer(typed(start, type, elements), elements, type);
        // Views refer to the buffer, so that it is the one whose end counts.
        return new ZeroedMemory(
                Nd4j.create(buffer, new long[] {elements}, new long[] {1}, 0, 'c'),
                CLEANER.register(buffer, () -> system.munmap(mapped, length)));
    }

    /** A pointer of JavaCPP, which does not own what it points to. */
    private static final class Address extends org.bytedeco.javacpp.Pointer {
        Address(long start) {
            address = start;
        }
    }

    private static org.bytedeco.javacpp.Pointer typed(long start, DataType type, long elements) {
        return switch (type) {
            case FLOAT -> new FloatPointer(new Address(start)).capacity(elements);
            case DOUBLE -> new DoublePointer(new Address(start)).capacity(elements);
            default -> throw new IllegalArgumentException("Expected FLOAT or DOUBLE. Received: " + type);
        };
    }

    INDArray array() {
        return array;
    }

    /** Frees it at once; no view may be used after it. */
    @Override
    public void close() {
        if (array.closeable()) {
            array.close();
        }
        if (memory != null) {
            memory.clean();
        }
    }
}
