package io.github.cloze4j.kernel;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One flat native array that hands out views of itself, each starting on a 64-byte line. Nothing is allocated after the
 * arena itself; a fresh arena holds zeros, and so do the gaps between views until the memory is {@linkplain #reuse used
 * anew}. What is never used takes no memory of the machine: arenas whose numbers kernels keep on a device cost it nothing.
 *
 * <p>One thread at a time takes views and closes; any number may read sizes and {@link #flat}.
 */
public final class Arena implements AutoCloseable {
    private static final int LINE_BYTES = 64;
    private static final Set<Arena> OPEN = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private final DataType type;
    private final @Nullable ZeroedMemory memory;
    private final long base;
    private final long capacity;
    private long used;
    private @Nullable INDArray flat;
    /** Null if no leak check records. */
    private final OpenArenas.@Nullable Entry openEntry;

    private Arena(DataType type, long capacity, boolean measuring) {
        this.type = type;
        this.capacity = capacity;
        if (measuring) {
            memory = null;
            base = 0;
            openEntry = null;
        } else {
            // Memory is aligned to 16 bytes only, so one line more than asked for.
            int line = lineElements(type);
            memory = ZeroedMemory.allocate(type, capacity + line);
            long misaligned = buffer().address() % LINE_BYTES;
            base = misaligned == 0 ? 0 : (LINE_BYTES - misaligned) / type.width();
            openEntry = OpenArenas.add(capacity * type.width());
            register(this);
        }
    }

    private static void register(Arena arena) {
        OPEN.add(arena);
    }

    /** The arenas of the process that hold memory: for providers that must know what they will have to mirror. */
    public static List<Arena> open() {
        synchronized (OPEN) {
            return List.copyOf(OPEN);
        }
    }

    /** The memory of {@link #open} arenas, gaps and alignment included. */
    public static List<DataBuffer> openBuffers() {
        return open().stream()
                .map(arena -> arena.memory == null ? null : arena.memory.array())
                .filter(Objects::nonNull)
                .map(INDArray::data)
                .toList();
    }

    /** Whether memory, or the memory that a view is a part of, belongs to an arena that was closed. */
    public static boolean isClosed(DataBuffer buffer) {
        try {
            return ZeroedMemory.isClosed(buffer.address());
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /** What was planned, and the arena that holds it. */
    public record Plan<T>(Arena arena, T arrays) {}

    /** An arena of {@code elements} numbers, all 0. */
    public static Arena allocate(DataType type, long elements) {
        return new Arena(type, elements, false);
    }

    /**
     * Allocates an arena of just the size that {@code plan} takes. The plan runs twice: once to measure, when it is
     * handed placeholders, and once for real; so it may only {@link #take}.
     */
    public static <T> Plan<T> plan(DataType type, Function<Arena, T> plan) {
        Arena arena = new Arena(type, measure(type, plan), false);
        return new Plan<>(arena, plan.apply(arena));
    }

    /** The elements of the arena that {@link #plan} would allocate, found out in the same way; allocates none. */
    public static <T> long measure(DataType type, Function<Arena, T> plan) {
        Arena measure = new Arena(type, Long.MAX_VALUE / type.width(), true);
        T placeholders = plan.apply(measure);
        assert placeholders != null;
        return measure.used;
    }

    /**
     * Runs another plan in this arena's memory, from its start: views taken before must not be used after it. Memory keeps
     * what was written there.
     *
     * @throws IllegalStateException if the plan takes more than the arena has
     */
    public <T> Plan<T> reuse(Function<Arena, T> plan) {
        used = 0;
        return new Plan<>(this, plan.apply(this));
    }

    /** {@code elements} rounded up to whole 64-byte lines. */
    public static long aligned(long elements, DataType type) {
        int line = lineElements(type);
        return Math.multiplyExact(Math.addExact(elements, line - 1L) / line, line);
    }

    /** The next free view of the given shape, row-major. */
    public INDArray take(long... shape) {
        long length = aligned(product(shape), type);
        if (length > capacity - used) {
            throw new IllegalStateException("Expected at most " + (capacity - used) + " more elements to be taken from"
                    + " this arena. Received: " + Arrays.toString(shape));
        }
        long offset = used;
        used += length;
        return memory == null ? Nd4j.scalar(type, 0) : view(offset, shape);
    }

    /** A row-major view of {@code shape} from element {@code offset} of the arena. */
    public INDArray view(long offset, long... shape) {
        if (offset < 0 || product(shape) > capacity - offset) {
            throw new IllegalArgumentException("Expected a view inside " + capacity + " elements. Received: offset "
                    + offset + ", shape " + Arrays.toString(shape));
        }
        return Nd4j.create(buffer(), shape, Nd4j.getStrides(shape, 'c'), base + offset, 'c');
    }

    /** The whole arena as one vector; always the same view. */
    public synchronized INDArray flat() {
        buffer();
        if (flat == null) {
            flat = view(0, capacity);
        }
        return flat;
    }

    /** Rows {@code [first, first + rows)} of a row-major matrix that is a view of an arena. */
    public static INDArray rows(INDArray matrix, int first, int rows) {
        if (first == 0 && rows == matrix.size(0)) {
            return matrix;
        }
        long columns = matrix.size(1);
        return Nd4j.create(
                matrix.data(), new long[] {rows, columns}, matrix.stride(), matrix.offset() + first * columns, 'c');
    }

    /** Columns {@code [first, first + count)} of a row-major matrix that is a view of an arena: a matrix whose rows are apart. */
    public static INDArray columns(INDArray matrix, int first, int count) {
        if (first < 0 || count < 1 || count > matrix.size(1) - first) {
            throw new IllegalArgumentException(
                    "Expected some of " + matrix.size(1) + " columns. Received: " + count + " columns from " + first);
        }
        if (count == matrix.size(1)) {
            return matrix;
        }
        return Nd4j.create(
                matrix.data(), new long[] {matrix.size(0), count}, matrix.stride(), matrix.offset() + first, 'c');
    }

    /** The elements from the first to the last of a view, those between its rows included. */
    public static long span(INDArray view) {
        return view.rank() == 2 ? (view.size(0) - 1) * view.stride(0) + view.size(1) : view.length();
    }

    /** The elements of a row-major array that is a view of an arena, as a matrix {@code [rows, columns]}. */
    public static INDArray matrix(INDArray array, long rows, long columns) {
        if (rows * columns != array.length()) {
            throw new IllegalArgumentException(
                    "Expected a matrix of " + array.length() + " elements. Received: " + rows + " rows of " + columns);
        }
        return Nd4j.create(array.data(), new long[] {rows, columns}, new long[] {columns, 1}, array.offset(), 'c');
    }

    /** {@code count} elements from {@code first} of a row-major array that is a view of an arena, as a vector. */
    public static INDArray part(INDArray array, long first, long count) {
        if (first < 0 || count < 0 || count > array.length() - first) {
            throw new IllegalArgumentException("Expected a part of " + array.length() + " elements. Received: " + count
                    + " elements from " + first);
        }
        return Nd4j.create(array.data(), new long[] {count}, new long[] {1}, array.offset() + first, 'c');
    }

    /** What the arena takes of native memory. */
    public long bytes() {
        return capacity * type.width();
    }

    /**
     * Gives the memory back; a second call does nothing. No kernels may compute on it meanwhile: passes, models and
     * optimizers see to that for theirs. Afterwards this arena refuses to hand out views, and kernels refuse the views that
     * it has handed out; reading such a view without kernels gives 0, or on systems other than Linux what stood there.
     */
    @Override
    public synchronized void close() {
        OPEN.remove(this);
        if (openEntry != null) {
            openEntry.remove();
        }
        flat = null;
        if (memory != null) {
            memory.close();
        }
    }

    private DataBuffer buffer() {
        if (memory == null) {
            throw new IllegalStateException("Expected a plan that only takes. Received: use of a view while measuring");
        }
        INDArray array = memory.array();
        if (array == null) {
            throw new IllegalStateException("Expected an open arena. Received: a closed one. Close a model, a pass, an"
                    + " optimizer or an arena after its last use");
        }
        return array.data();
    }

    private static int lineElements(DataType type) {
        return LINE_BYTES / type.width();
    }

    private static long product(long... shape) {
        long product = 1;
        for (long size : shape) {
            product = Math.multiplyExact(product, size);
        }
        return product;
    }
}
