package io.github.cloze4j.kernel.cuda;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import io.github.cloze4j.kernel.cuda.driver.CapturedGraph;
import io.github.cloze4j.kernel.cuda.driver.CudaDevice;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.CudaEvent;
import io.github.cloze4j.kernel.cuda.driver.CudaMemory;
import io.github.cloze4j.kernel.cuda.driver.ExecutableGraph;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Numbers;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Operand;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A device made of host memory: kernels run as {@link EmulatedDevice} runs them, products are plain Java. Memory holds NaN
 * when it is allocated, and lies between guards that are looked at when it is freed.
 *
 * <p>As late as can be: what is queued is done when somebody waits for it, copies read host memory then, and memory of the
 * host that was to come from the device holds NaN until then.
 */
final class EmulatedDriver implements CudaDriver {
    private static final int LINE = 256;
    private static final byte POISON = (byte) 0xFF;
    private static final byte GUARD = (byte) 0xA5;
    private static final long TOTAL = 1L << 31;

    private final EmulatedDevice device;
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private final Deque<Work> queue = new ArrayDeque<>();
    private @Nullable List<Work> captured;
    private long asked;
    private long done;
    private long used;
    private int updates;
    private int refusals;

    /** @param seed of the order of threads and blocks */
    EmulatedDriver(long seed) {
        device = EmulatedDevice.open(seed);
    }

    private record Block(Memory memory, long bytes) {}

    /** @param kind what a device compares when a graph is updated */
    private record Work(String kind, Runnable run) {}

    /** Updates of graphs that were taken. */
    int updates() {
        return updates;
    }

    /** Those that were refused. */
    int refusals() {
        return refusals;
    }

    private void capturable(String kind, Runnable run) {
        if (captured != null) {
            captured.add(new Work(kind, run));
        } else {
            queue(kind, run);
        }
    }

    private void queue(String kind, Runnable run) {
        requireNoCapture();
        queue.add(new Work(kind, run));
        asked++;
    }

    private void requireNoCapture() {
        if (captured != null) {
            throw new BackendException("Expected only what a graph can hold");
        }
    }

    private void runUpTo(long count) {
        requireNoCapture();
        while (done < count) {
            done++;
            queue.remove().run().run();
        }
    }

    @Override
    public ByteBuffer allocateHost(int bytes) {
        requireNoCapture();
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        while (memory.hasRemaining()) {
            memory.put(POISON);
        }
        return memory.clear();
    }

    @Override
    public void freeHost(ByteBuffer memory) {
        requireNoCapture();
        if (!queue.isEmpty()) {
            throw new AssertionError("Expected no work that may need the memory. Received: " + queue.size());
        }
    }

    @Override
    public CudaEvent event() {
        requireNoCapture();
        return new CudaEvent() {
            private long mark;

            @Override
            public void record() {
                requireNoCapture();
                mark = asked;
            }

            @Override
            public void await() {
                runUpTo(mark);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public CapturedGraph capture(Runnable work) {
        requireNoCapture();
        List<Work> graph = new ArrayList<>();
        captured = graph;
        try {
            work.run();
        } finally {
            captured = null;
        }
        return new Graph(graph);
    }

    private final class Graph implements CapturedGraph {
        private final List<Work> content;

        Graph(List<Work> content) {
            this.content = content;
        }

        private List<String> structure() {
            return content.stream().map(Work::kind).toList();
        }

        @Override
        public ExecutableGraph instantiate() {
            return new ExecutableGraph() {
                private Graph now = Graph.this;

                @Override
                public boolean update(CapturedGraph graph) {
                    Graph next = (Graph) graph;
                    boolean same = next.structure().equals(now.structure());
                    if (same) {
                        now = next;
                        updates++;
                    } else {
                        refusals++;
                    }
                    return same;
                }

                @Override
                public void launch() {
                    now.content.forEach(work -> queue(work.kind(), work.run()));
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public void close() {}
    }

    @Override
    public CudaDevice device() {
        return new CudaDevice("emulated device", 9, 0, "g++");
    }

    @Override
    public CudaMemory memory() {
        return new CudaMemory(TOTAL - used, TOTAL);
    }

    @Override
    public long allocate(long bytes) {
        requireNoCapture();
        Memory memory = new Memory(bytes + 3L * LINE);
        memory.setMemory(0, memory.size(), GUARD);
        long start = Pointer.nativeValue(memory);
        long address = (start + 2L * LINE - 1) / LINE * LINE;
        memory.setMemory(address - start, bytes, POISON);
        blocks.put(address, new Block(memory, bytes));
        used += bytes;
        return address;
    }

    @Override
    public void free(long address) {
        synchronize();
        Block block = blocks.remove(address);
        if (block == null) {
            throw new AssertionError("Expected the address of an allocation. Received: " + address);
        }
        long start = address - Pointer.nativeValue(block.memory());
        for (int i = 1; i <= LINE; i++) {
            requireGuard(block.memory().getByte(start - i));
            requireGuard(block.memory().getByte(start + block.bytes() + i - 1));
        }
        used -= block.bytes();
        block.memory().close();
    }

    private static void requireGuard(byte found) {
        if (found != GUARD) {
            throw new AssertionError("Expected no write outside of an allocation. Received: one");
        }
    }

    @Override
    public void zero(long address, long bytes) {
        capturable("zero", () -> at(address, bytes).setMemory(0, bytes, (byte) 0));
    }

    @Override
    public void upload(ByteBuffer from, long to) {
        ByteBuffer source = from.slice();
        int bytes = source.remaining();
        queue("upload", () -> at(to, bytes).getByteBuffer(0, bytes).put(source.duplicate()));
    }

    @Override
    public void download(long from, ByteBuffer to) {
        ByteBuffer target = to.slice();
        int bytes = target.remaining();
        for (int i = 0; i < bytes; i++) {
            target.put(i, POISON);
        }
        queue("download", () -> target.duplicate().put(at(from, bytes).getByteBuffer(0, bytes)));
    }

    @Override
    public void launch(String kernel, LaunchGeometry geometry, Object... arguments) {
        @Nullable Object[] given = arguments.clone();
        Launch launch = new Launch(geometry.gridX(), geometry.gridY(), geometry.threads(), geometry.sharedBytes());
        capturable(kernel, () -> device.run(kernel, launch, given));
    }

    @Override
    public void multiply(MatrixProduct product) {
        capturable("multiply", () -> {
            for (int i = 0; i < product.batch(); i++) {
                multiply(product, i);
            }
        });
    }

    private void multiply(MatrixProduct product, int index) {
        int rows = product.rows();
        int columns = product.columns();
        int inner = product.inner();
        float[][] a = matrix(product.a(), index, rows, inner, product.numbers());
        float[][] b = matrix(product.b(), index, inner, columns, product.numbers());
        Operand c = product.c();
        float[] bias = product.bias() == 0
                ? new float[columns]
                : at(product.bias(), (long) columns * Float.BYTES).getFloatArray(0, columns);
        for (int row = 0; row < rows; row++) {
            int width = product.intoBf16() ? Short.BYTES : Float.BYTES;
            long address = c.address() + (index * c.stride() + (long) row * c.leading()) * width;
            Pointer place = at(address, (long) columns * width);
            double[] sums = new double[columns];
            for (int i = 0; i < inner; i++) {
                float factor = a[row][i];
                float[] other = b[i];
                for (int column = 0; column < columns; column++) {
                    sums[column] += (double) factor * other[column];
                }
            }
            float[] result = product.beta() == 0 ? new float[columns] : read(place, columns, product.intoBf16());
            for (int column = 0; column < columns; column++) {
                result[column] =
                        (float) (product.alpha() * sums[column] + product.beta() * result[column]) + bias[column];
            }
            if (product.intoBf16()) {
                place.write(0, bf16(result), 0, columns);
            } else {
                place.write(0, result, 0, columns);
            }
        }
    }

    /** To 10 bits of mantissa, nearest, ties to even. */
    private static void roundToTf32(float[] floats) {
        for (int i = 0; i < floats.length; i++) {
            int bits = Float.floatToRawIntBits(floats[i]);
            floats[i] = Float.intBitsToFloat(bits + 0xFFF + (bits >>> 13 & 1) & 0xFFFFE000);
        }
    }

    private static float[] read(Pointer place, int count, boolean bf16) {
        return bf16 ? floats(place.getShortArray(0, count)) : place.getFloatArray(0, count);
    }

    /** To nearest, ties to even, not a number where it is none. */
    static short[] bf16(float[] floats) {
        short[] rounded = new short[floats.length];
        for (int i = 0; i < rounded.length; i++) {
            int bits = Float.floatToRawIntBits(floats[i]);
            int even = bits >>> Short.SIZE & 1;
            rounded[i] = (short) (Float.isNaN(floats[i]) ? 0x7FFF : bits + 0x7FFF + even >>> Short.SIZE);
        }
        return rounded;
    }

    /** {@code op(matrix)}. */
    private float[][] matrix(Operand operand, int index, int rows, int columns, Numbers numbers) {
        int storedRows = operand.transposed() ? columns : rows;
        int storedColumns = operand.transposed() ? rows : columns;
        int width = numbers.bytes();
        float[][] matrix = new float[rows][columns];
        for (int row = 0; row < storedRows; row++) {
            long address = operand.address() + (index * operand.stride() + (long) row * operand.leading()) * width;
            Pointer place = at(address, (long) storedColumns * width);
            float[] stored = read(place, storedColumns, numbers == Numbers.BF16);
            if (numbers == Numbers.TF32) {
                roundToTf32(stored);
            }
            for (int column = 0; column < storedColumns; column++) {
                if (operand.transposed()) {
                    matrix[column][row] = stored[column];
                } else {
                    matrix[row][column] = stored[column];
                }
            }
        }
        return matrix;
    }

    private static float[] floats(short[] bf16) {
        float[] floats = new float[bf16.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.intBitsToFloat(bf16[i] << Short.SIZE);
        }
        return floats;
    }

    @Override
    public void synchronize() {
        runUpTo(asked);
    }

    @Override
    public void close() {
        if (!blocks.isEmpty()) {
            throw new AssertionError(
                    "Expected all memory to be freed. Received: " + blocks.size() + " allocations left");
        }
    }

    /** A place inside an allocation. */
    private Pointer at(long address, long bytes) {
        Map.@Nullable Entry<Long, Block> block = blocks.floorEntry(address);
        if (block == null || address + bytes > block.getKey() + block.getValue().bytes()) {
            throw new AssertionError("Expected an address inside an allocation. Received: " + address);
        }
        return new Pointer(address);
    }
}
