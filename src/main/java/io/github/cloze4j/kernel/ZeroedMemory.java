package io.github.cloze4j.kernel;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An array of zeros outside the Java heap whose pages the system provides when they are first used. ND4J's own allocation
 * writes to all of them, even if any content will do: arrays that only mark a place, because kernels keep their numbers on
 * a device, would take as much memory again.
 *
 * <p>{@link #close} gives the pages back to the system and keeps their addresses until the garbage collector finds no view
 * of them any more. So a view that outlives its memory reads zeros: no access reaches memory that belongs to somebody else,
 * and no address means two arrays. {@link #isClosed} recognises such views.
 *
 * <p>On systems other than Linux, and if JNA cannot be loaded, the memory itself stays until no view is left.
 */
final class ZeroedMemory implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int ATTEMPTS = 5;
    private static final long NANOS_BETWEEN_ATTEMPTS = 20_000_000;

    /** Ranges of memory that is closed and still has its addresses: where they begin, and where they end. */
    private static final ConcurrentSkipListMap<Long, Long> CLOSED = new ConcurrentSkipListMap<>();

    private final long start;
    private final long bytes;
    /** Gives the pages back. */
    private final Runnable discard;

    private volatile @Nullable INDArray array;

    private ZeroedMemory(INDArray array, long start, long bytes, Runnable discard) {
        this.array = array;
        this.start = start;
        this.bytes = bytes;
        this.discard = discard;
    }

    /** Functions of the system's C library. */
    interface MemoryMapping extends Library {
        int READ_AND_WRITE = 1 | 2;
        int PRIVATE_AND_ANONYMOUS = 0x02 | 0x20;
        int DONT_NEED = 4;
        long FAILED = -1;

        long mmap(@Nullable Pointer at, NativeLong length, int protection, int flags, int file, NativeLong offset);

        int madvise(Pointer start, NativeLong length, int advice);

        int munmap(Pointer start, NativeLong length);
    }

    /** Loaded at the first use, where it is known. */
    private static final class Mapping {
        /** Null if JNA cannot be loaded, as from a temporary directory that holds no programs. */
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
        if (!Nd4j.getEnvironment().isCPU()) {
            // ND4J for GPUs has a place on the device for each buffer that it makes itself, and frees both together.
            return new ZeroedMemory(Nd4j.create(type, elements), 0, 0, () -> {});
        }
        MemoryMapping system = Platform.isLinux() && Platform.is64Bit() ? Mapping.SYSTEM : null;
        return system == null ? allocated(type, elements) : mapped(system, type, elements);
    }

    static ZeroedMemory mapped(MemoryMapping system, DataType type, long elements) {
        long bytes = Math.multiplyExact(elements, type.width());
        NativeLong length = new NativeLong(bytes);
        // Not malloc or calloc: they keep what is freed, for each thread by itself.
        long start = map(system, length);
        for (int attempt = 0; start == MemoryMapping.FAILED && attempt < ATTEMPTS; attempt++) {
            // Closed memory counts if the system limits addresses or mappings. The cleaner frees it after the
            // collection, on
            // a thread of its own.
            System.gc();
            LockSupport.parkNanos(NANOS_BETWEEN_ATTEMPTS);
            start = map(system, length);
        }
        if (start == MemoryMapping.FAILED) {
            throw new OutOfMemoryError("no " + FreeMemory.readable(bytes) + " outside the Java heap");
        }
        Pointer pages = new Pointer(start);
        return external(
                type,
                elements,
                start,
                () -> system.madvise(pages, length, MemoryMapping.DONT_NEED),
                () -> system.munmap(pages, length));
    }

    private static long map(MemoryMapping system, NativeLong length) {
        return system.mmap(
                null, length, MemoryMapping.READ_AND_WRITE, MemoryMapping.PRIVATE_AND_ANONYMOUS, -1, new NativeLong(0));
    }

    /** On memory of JavaCPP's, for systems without mappings: closing it keeps it until no view is left. */
    static ZeroedMemory allocated(DataType type, long elements) {
        long bytes = Math.multiplyExact(elements, type.width());
        BytePointer memory = new BytePointer(bytes);
        org.bytedeco.javacpp.Pointer.memset(memory, 0, bytes);
        return external(type, elements, memory.address(), () -> {}, memory::deallocate);
    }

    /** An array on memory that ND4J does not own. */
    private static ZeroedMemory external(DataType type, long elements, long start, Runnable discard, Runnable free) {
        long bytes = Math.multiplyExact(elements, type.width());
        DataBuffer buffer = Nd4j.createBuffer(typed(start, type, elements), elements, type);
        // Views refer to the buffer, so that it is the one whose end counts.
        CLEANER.register(buffer, () -> {
            CLOSED.remove(start);
            free.run();
        });
        INDArray array = Nd4j.create(buffer, new long[] {elements}, new long[] {1}, 0, 'c');
        return new ZeroedMemory(array, start, bytes, discard);
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

    /** All elements. Null after {@link #close}. */
    @Nullable
    INDArray array() {
        return array;
    }

    /** Whether an address belongs to memory that was closed. The caller keeps a view of the memory reachable. */
    static boolean isClosed(long address) {
        if (CLOSED.isEmpty()) {
            return false;
        }
        Map.Entry<Long, Long> range = CLOSED.floorEntry(address);
        return range != null && address < range.getValue();
    }

    /** Gives the pages back. Views of them read zeros from now on. */
    @Override
    public synchronized void close() {
        INDArray open = array;
        if (open == null) {
            return;
        }
        if (bytes > 0) {
            CLOSED.put(start, start + bytes);
        }
        try {
            discard.run();
            array = null;
        } finally {
            Reference.reachabilityFence(open);
        }
    }
}
