package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.CudaMemory;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Device memory of the same layout as arenas: a view's place in its mirror is its place in its arena. A mirror is made when
 * a view of its arena is first used, and holds zeros as a fresh arena does; only uploads bring the host's numbers to it.
 *
 * <p>A view leads to the buffer that it is a part of, and a mirror belongs to that buffer: not to an address range, which
 * may be another arena's a moment later. Mirrors of arenas that are closed or forgotten are freed before the next is made.
 */
final class DeviceMirrors {
    /** Mirrors of all kernels by host address: an array that has one somewhere needs no room elsewhere. */
    private static final Map<Long, Mirror> OF_ALL_KERNELS = new ConcurrentHashMap<>();

    private final CudaDriver driver;
    private final Bf16Copies copies;
    private final Map<Long, Mirror> byHostAddress = new HashMap<>();

    /** @param copies to tell which memory is there and which is freed */
    DeviceMirrors(CudaDriver driver, Bf16Copies copies) {
        this.driver = driver;
        this.copies = copies;
    }

    private record Mirror(WeakReference<DataBuffer> host, long device, long bytes) {
        boolean isOf(DataBuffer buffer) {
            return host.refersTo(buffer);
        }

        boolean isGone() {
            DataBuffer buffer = host.get();
            return buffer == null || Arena.isClosed(buffer);
        }
    }

    /** Where a float view's first element is on the device. */
    long addressOf(INDArray view) {
        if (view.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException(
                    "Expected FLOAT arrays for the cuda kernels. Received: " + view.dataType());
        }
        DataBuffer whole = wholeBuffer(view);
        long hostBase = whole.address();
        long offset = view.data().address() + view.offset() * Float.BYTES - hostBase;
        Mirror mirror = byHostAddress.get(hostBase);
        if (mirror == null || !mirror.isOf(whole)) {
            mirror = create(whole, hostBase);
        }
        if (offset < 0 || offset + Arena.span(view) * Float.BYTES > mirror.bytes()) {
            throw new IllegalArgumentException(
                    "Expected a view inside its arena of " + mirror.bytes() + " bytes. Received: offset " + offset);
        }
        return mirror.device() + offset;
    }

    /** What mirrors take of device memory. */
    private long bytes() {
        return byHostAddress.values().stream().mapToLong(Mirror::bytes).sum();
    }

    /** Frees mirrors whose arenas are closed or forgotten. */
    void sweep() {
        for (Iterator<Map.Entry<Long, Mirror>> mirrors =
                        byHostAddress.entrySet().iterator();
                mirrors.hasNext(); ) {
            Map.Entry<Long, Mirror> mirror = mirrors.next();
            if (mirror.getValue().isGone()) {
                free(mirror.getKey(), mirror.getValue());
                mirrors.remove();
            }
        }
    }

    /** Frees all. */
    void clear() {
        byHostAddress.forEach(this::free);
        byHostAddress.clear();
    }

    private void free(long hostBase, Mirror mirror) {
        OF_ALL_KERNELS.remove(hostBase, mirror);
        copies.release(mirror.device());
        driver.free(mirror.device());
    }

    private Mirror create(DataBuffer whole, long hostBase) {
        sweep();
        long bytes = bytesOf(whole);
        requireRoomForAll(bytes);
        long device = driver.allocate(bytes);
        driver.zero(device, bytes);
        copies.cover(device, bytes);
        Mirror mirror = new Mirror(new WeakReference<>(whole), device, bytes);
        byHostAddress.put(hostBase, mirror);
        OF_ALL_KERNELS.put(hostBase, mirror);
        return mirror;
    }

    /** Bytes of mirrors that open arenas have yet to get: arenas that have no mirror, here or at other kernels. */
    long missingBytes() {
        long missing = 0;
        for (DataBuffer buffer : Arena.openBuffers()) {
            if (buffer.dataType() == DataType.FLOAT && !isMirrored(buffer)) {
                missing += bytesOf(buffer);
            }
        }
        return missing;
    }

    /**
     * Arenas are all there before a step begins, so what does not fit is said before it rather than in its middle. Training
     * and evaluation are planned, and refused earlier; this is for all else.
     */
    private void requireRoomForAll(long atLeast) {
        long needed = Math.max(missingBytes(), atLeast);
        CudaMemory memory = driver.memory();
        if (needed > memory.free()) {
            throw new BackendException("Expected GPU memory for all arrays: needs " + FreeMemory.readable(needed)
                    + " beside the " + FreeMemory.readable(bytes()) + " in use. Received: "
                    + FreeMemory.readable(memory.free()) + " free of " + FreeMemory.readable(memory.total()) + " on "
                    + driver.device().name()
                    + ". Use a smaller batch, a smaller model, or stop what else uses this GPU");
        }
    }

    private static boolean isMirrored(DataBuffer buffer) {
        // The address alone may be that of a former array, whose mirror nobody has freed.
        Mirror mirror = OF_ALL_KERNELS.get(buffer.address());
        return mirror != null && mirror.isOf(buffer);
    }

    private static DataBuffer wholeBuffer(INDArray view) {
        DataBuffer buffer = view.data();
        @Nullable DataBuffer original = buffer.originalDataBuffer();
        return original == null ? buffer : original;
    }

    private static long bytesOf(DataBuffer buffer) {
        return Math.multiplyExact(buffer.length(), buffer.getElementSize());
    }
}
