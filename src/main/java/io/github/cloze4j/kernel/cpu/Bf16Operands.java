package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;

/**
 * Images of arrays in bfloat16: a float without the lower half of its bits, rounded to nearest, ties to even. Those of
 * weights are made once after each change.
 */
final class Bf16Operands implements Operands {
    /** Elements that one call of oneDNN converts. */
    private static final int BLOCK = 1 << 15;

    /** The same as a key, boxed once. */
    private static final Integer CONVERSION = BLOCK;

    /** The worker's scratch that holds the image of another. */
    private static final int SCRATCH_IMAGE = 2;

    private final WorkerPool pool;
    private final Image[] alternating = {new Image(), new Image()};
    private final Map<Long, Image> weights = new HashMap<>();
    private int next;
    private long version;

    Bf16Operands(WorkerPool pool) {
        this.pool = pool;
    }

    /** Two bytes an element; room for whole blocks. */
    private static final class Image implements Operand {
        private @Nullable Floats memory;
        private int length;
        private long version = -1;

        void reserve(int elements) {
            int blocks = blocks(elements);
            if (memory == null || length < blocks * BLOCK) {
                if (memory != null) {
                    memory.free();
                }
                length = blocks * BLOCK;
                memory = Floats.allocate(length / 2);
            }
        }

        void free() {
            if (memory != null) {
                memory.free();
                memory = null;
            }
        }

        @Override
        public long address(long index) {
            if (memory == null) {
                throw new IllegalStateException("Expected an image that was made");
            }
            return memory.address(0) + index * Short.BYTES;
        }
    }

    @Override
    public Operand of(Floats array, int length) {
        Image image = alternating[next];
        next = 1 - next;
        convert(array, length, image);
        return image;
    }

    @Override
    public Operand weight(Floats array, int length) {
        long place = array.address(0);
        Image image = weights.get(place);
        if (image == null) {
            freeForgotten();
            image = new Image();
            weights.put(place, image);
        }
        if (image.version != version) {
            convert(array, length, image);
            image.version = version;
        }
        return image;
    }

    /** Frees the images of weights whose arena was closed: models come and go on kernels that stay. */
    private void freeForgotten() {
        List<DataBuffer> open = Arena.openBuffers();
        weights.entrySet().removeIf(entry -> {
            boolean forgotten = open.stream().noneMatch(buffer -> holds(buffer, entry.getKey()));
            if (forgotten) {
                entry.getValue().free();
            }
            return forgotten;
        });
    }

    private static boolean holds(DataBuffer buffer, long place) {
        long offset = place - buffer.address();
        return offset >= 0 && offset < buffer.length() * buffer.getElementSize();
    }

    /** Images of weights that are kept. */
    int count() {
        return weights.size();
    }

    @Override
    public int room(int length) {
        return blocks(length) * BLOCK;
    }

    @Override
    public Operand ofScratch(Worker worker, Floats scratch, int length) {
        Floats image = worker.scratch(SCRATCH_IMAGE, room(length) / 2);
        for (int start = 0; start < length; start += BLOCK) {
            conversion(worker).run(worker, scratch.address(start), image.address(start / 2));
        }
        return index -> image.address(0) + index * Short.BYTES;
    }

    private static int blocks(int length) {
        return (length + BLOCK - 1) / BLOCK;
    }

    @Override
    public void weightsChanged() {
        version++;
    }

    @Override
    public void close() {
        for (Image image : alternating) {
            image.free();
        }
        weights.values().forEach(Image::free);
        weights.clear();
    }

    private void convert(Floats array, int length, Image image) {
        image.reserve(length);
        pool.run(blocks(length), (item, worker) -> {
            int start = item * BLOCK;
            int count = Math.min(BLOCK, length - start);
            long from = array.address(start);
            if (count < BLOCK) {
                // A whole block, of which the rest goes where nobody looks.
                float[] block = worker.block(0, BLOCK);
                Floats scratch = worker.scratch(0, BLOCK);
                array.read(start, block, count);
                scratch.write(0, block, BLOCK);
                from = scratch.address(0);
            }
            conversion(worker).run(worker, from, image.address(start));
        });
    }

    private static OneDnn.Unary conversion(Worker worker) {
        return worker.team.conversions.of(
                worker.index, CONVERSION, length -> OneDnn.instance().toBf16(length));
    }
}
