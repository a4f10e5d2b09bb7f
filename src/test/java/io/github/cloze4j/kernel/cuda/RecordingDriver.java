package io.github.cloze4j.kernel.cuda;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Computes nothing: writes down what it is asked for, and insists that it makes sense. */
final class RecordingDriver implements CudaDriver {
    private static final long LINE = 256;

    final List<String> events = new ArrayList<>();
    final TreeMap<Long, Long> allocations = new TreeMap<>();
    private final long total;
    private long next = LINE;
    private boolean closed;

    RecordingDriver(long total) {
        this.total = total;
    }

    private void event(String what) {
        if (closed) {
            throw new AssertionError("Expected nothing after close. Received: " + what);
        }
        events.add(what);
    }

    long used() {
        return allocations.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How often a kernel was launched. */
    int launched(String kernel) {
        return Collections.frequency(events, kernel);
    }

    private void requireInside(long address, long bytes) {
        Map.@Nullable Entry<Long, Long> found = allocations.floorEntry(address);
        if (found == null || address + bytes > found.getKey() + found.getValue()) {
            throw new AssertionError("Expected " + bytes + " bytes inside an allocation. Received: address " + address);
        }
    }

    @Override
    public CudaDevice device() {
        return new CudaDevice("recorder", 7, 5, "none");
    }

    @Override
    public CudaMemory memory() {
        return new CudaMemory(total - used(), total);
    }

    @Override
    public long allocate(long bytes) {
        event("allocate " + bytes);
        long address = next;
        next += (bytes + 2 * LINE) / LINE * LINE;
        allocations.put(address, bytes);
        return address;
    }

    @Override
    public void free(long address) {
        event("free " + allocations.get(address));
        if (allocations.remove(address) == null) {
            throw new AssertionError("Expected the address of an allocation. Received: " + address);
        }
    }

    @Override
    public void zero(long address, long bytes) {
        event("zero " + bytes);
        requireInside(address, bytes);
    }

    @Override
    public void upload(ByteBuffer from, long to) {
        event("upload " + from.remaining());
        requireInside(to, from.remaining());
    }

    @Override
    public void download(long from, ByteBuffer to) {
        event("download " + to.remaining());
        requireInside(from, to.remaining());
    }

    @Override
    public void launch(String kernel, LaunchGeometry geometry, Object... arguments) {
        event(kernel);
    }

    @Override
    public void multiply(MatrixProduct product) {
        event("multiply " + product.numbers() + (product.bias() == 0 ? "" : " with bias"));
        int width = product.numbers().bytes();
        requireInside(product.a(), product.rows(), product.inner(), width, product.batch());
        requireInside(product.b(), product.inner(), product.columns(), width, product.batch());
        requireInside(
                product.c(),
                product.rows(),
                product.columns(),
                product.intoBf16() ? Short.BYTES : Float.BYTES,
                product.batch());
        if (product.bias() != 0) {
            requireInside(product.bias(), (long) product.columns() * Float.BYTES);
        }
    }

    private void requireInside(MatrixProduct.Operand operand, int rows, int columns, int width, int batch) {
        int storedRows = operand.transposed() ? columns : rows;
        int storedColumns = operand.transposed() ? rows : columns;
        long elements = (batch - 1) * operand.stride() + (storedRows - 1L) * operand.leading() + storedColumns;
        requireInside(operand.address(), elements * width);
    }

    @Override
    public void synchronize() {
        event("synchronize");
    }

    @Override
    public void close() {
        event("close");
        closed = true;
    }
}
