package io.github.cloze4j.kernel.cuda.driver;

import io.github.cloze4j.BackendException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Computes nothing: writes down what it is asked for, and insists that it makes sense. Host memory that is copied has to stay
 * as it is until somebody has waited for a mark behind the copy.
 */
public final class RecordingDriver implements CudaDriver {
    private static final long LINE = 256;

    public final List<String> events = new ArrayList<>();
    public final TreeMap<Long, Long> allocations = new TreeMap<>();
    private final Set<Long> zeroed = new HashSet<>();
    private final long total;
    private long next = LINE;
    private final List<Copy> copies = new ArrayList<>();
    private long uploads;
    private int hostMemories;
    private boolean closed;
    private boolean capturing;
    /** Whether graphs are refused when they are to be updated. */
    public boolean refusesUpdates;

    /** Host memory that a copy in the queue reads, and what it held when it was asked for. */
    private record Copy(long number, ByteBuffer memory, ByteBuffer content) {
        void requireUnchanged() {
            if (!memory.equals(content)) {
                throw new AssertionError("Expected memory that stays as it is while it is copied. Received: a change");
            }
        }
    }

    public RecordingDriver(long total) {
        this.total = total;
    }

    private void event(String what) {
        if (closed) {
            throw new AssertionError("Expected nothing after close. Received: " + what);
        }
        events.add(what);
    }

    /** Of what a graph cannot hold. */
    private void queueing(String what) {
        if (capturing) {
            throw new BackendException("Expected only what a graph can hold. Received: " + what);
        }
        event(what);
    }

    /** Allocations of page-locked memory that are not freed. */
    public int hostMemories() {
        return hostMemories;
    }

    public long used() {
        return allocations.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Sizes of the allocations that were set to 0 from their first byte to their last: the mirrors of arenas. */
    public List<Long> zeroedAllocations() {
        return allocations.entrySet().stream()
                .filter(allocation -> zeroed.contains(allocation.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** How often a kernel was launched. */
    public int launched(String kernel) {
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
        queueing("allocate " + bytes);
        long address = next;
        next += (bytes + 2 * LINE) / LINE * LINE;
        allocations.put(address, bytes);
        return address;
    }

    @Override
    public void free(long address) {
        queueing("free " + allocations.get(address));
        if (allocations.remove(address) == null) {
            throw new AssertionError("Expected the address of an allocation. Received: " + address);
        }
    }

    @Override
    public void zero(long address, long bytes) {
        event("zero " + bytes);
        requireInside(address, bytes);
        if (Long.valueOf(bytes).equals(allocations.get(address))) {
            zeroed.add(address);
        }
    }

    @Override
    public void upload(ByteBuffer from, long to) {
        queueing("upload " + from.remaining());
        requireInside(to, from.remaining());
        ByteBuffer content = ByteBuffer.allocate(from.remaining());
        content.put(from.duplicate()).flip();
        copies.add(new Copy(uploads++, from.slice(), content));
    }

    @Override
    public void download(long from, ByteBuffer to) {
        queueing("download " + to.remaining());
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
    public ByteBuffer allocateHost(int bytes) {
        queueing("allocate on the host " + bytes);
        hostMemories++;
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void freeHost(ByteBuffer memory) {
        queueing("free on the host");
        hostMemories--;
    }

    @Override
    public CudaEvent event() {
        return new CudaEvent() {
            private long passed;

            @Override
            public void record() {
                queueing("record");
                passed = uploads;
            }

            @Override
            public void await() {
                queueing("await");
                copies.forEach(Copy::requireUnchanged);
                copies.removeIf(copy -> copy.number() < passed);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public CapturedGraph capture(Runnable work) {
        queueing("begin capture");
        capturing = true;
        try {
            work.run();
        } finally {
            capturing = false;
            event("end capture");
        }
        return new CapturedGraph() {
            @Override
            public ExecutableGraph instantiate() {
                event("instantiate");
                return executable();
            }

            @Override
            public void close() {
                event("destroy graph");
            }
        };
    }

    private ExecutableGraph executable() {
        return new ExecutableGraph() {
            @Override
            public boolean update(CapturedGraph graph) {
                event(refusesUpdates ? "refuse update" : "update");
                return !refusesUpdates;
            }

            @Override
            public void launch() {
                event("launch graph");
            }

            @Override
            public void close() {
                event("destroy executable");
            }
        };
    }

    @Override
    public void synchronize() {
        queueing("synchronize");
        copies.forEach(Copy::requireUnchanged);
        copies.clear();
    }

    @Override
    public void close() {
        event("close");
        closed = true;
    }
}
