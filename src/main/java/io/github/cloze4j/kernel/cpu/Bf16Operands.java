package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Arena;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;

/**
 * Images of arrays in bfloat16: a float without the lower half of its bits, rounded to nearest, ties to even.
 *
 * <p>A weight keeps its image until an operation writes to the weight. Images of weights never overlap, and end with the
 * arena of their weight: together they take at most half of the memory of the open arenas.
 */
final class Bf16Operands implements Operands {
    /** Elements that one call of oneDNN converts. */
    private static final int BLOCK = 1 << 15;

    /** The same as a key, boxed once. */
    private static final Integer CONVERSION = BLOCK;

    /** The first of the worker's scratches that hold images of others. */
    private static final int SCRATCH_IMAGES = WorkerTeam.SCRATCHES - IMAGES;

    private final WorkerPool pool;
    private final Image[] alternating = {new Image(), new Image()};
    /** Images of weights by the address of the weight. */
    private final NavigableMap<Long, Image> weights = new TreeMap<>();

    private int next;

    Bf16Operands(WorkerPool pool) {
        this.pool = pool;
    }

    /** Two bytes an element; room for whole blocks. */
    private static final class Image implements Operand {
        private @Nullable Floats memory;
        private long length;
        /** The memory that the weight is a part of; a later array at the same address has another. */
        private WeakReference<@Nullable DataBuffer> arena = new WeakReference<>(null);
        /** Elements of the weight. */
        private long elements;

        private boolean isCurrent;

        void reserve(long elements) {
            long needed = (long) blocks(elements) * BLOCK;
            if (memory == null || length < needed) {
                if (memory != null) {
                    memory.free();
                }
                length = needed;
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
    public Operand of(Floats array, long length) {
        Image image = alternating[next];
        next = 1 - next;
        convert(array, length, image);
        return image;
    }

    @Override
    public Operand weight(Floats array, long length) {
        Image image = weights.get(array.address(0));
        if (image == null || image.elements != length || image.arena.get() == null) {
            image = add(array, length);
        }
        if (!image.isCurrent) {
            convert(array, length, image);
            image.isCurrent = true;
        }
        return image;
    }

    private Image add(Floats array, long length) {
        long start = array.address(0);
        List<DataBuffer> open = Arena.openBuffers();
        // Models come and go on kernels that stay.
        removeIf(weights, image -> open.stream().noneMatch(image.arena::refersTo));
        removeIf(overlapping(start, length), image -> true);
        Image image = new Image();
        image.elements = length;
        open.stream()
                .filter(buffer -> holds(buffer, start))
                .findFirst()
                .ifPresent(buffer -> image.arena = new WeakReference<>(buffer));
        weights.put(start, image);
        return image;
    }

    private static void removeIf(Map<Long, Image> images, Predicate<Image> condition) {
        images.values().removeIf(image -> {
            boolean remove = condition.test(image);
            if (remove) {
                image.free();
            }
            return remove;
        });
    }

    /** The images of weights with elements in this range; a view. */
    private Map<Long, Image> overlapping(long start, long length) {
        long end = start + length * Float.BYTES;
        Map.@Nullable Entry<Long, Image> before = weights.lowerEntry(start);
        boolean reaches = before != null && before.getKey() + before.getValue().elements * Float.BYTES > start;
        return weights.subMap(reaches ? before.getKey() : start, end);
    }

    private static boolean holds(DataBuffer buffer, long place) {
        long offset = place - buffer.address();
        return offset >= 0 && offset < buffer.length() * buffer.getElementSize();
    }

    @Override
    public void changed(Floats array, long length) {
        if (!weights.isEmpty()) {
            overlapping(array.address(0), length).values().forEach(image -> image.isCurrent = false);
        }
    }

    @Override
    public int room(int length) {
        return blocks(length) * BLOCK;
    }

    @Override
    public Operand ofScratch(Worker worker, int number, Floats scratch, long first, int length) {
        Floats image = worker.scratch(SCRATCH_IMAGES + number, room(length) / 2);
        for (int start = 0; start < length; start += BLOCK) {
            conversion(worker).run(worker, scratch.address(first + start), image.address(start / 2));
        }
        return index -> image.address(0) + index * Short.BYTES;
    }

    private static int blocks(long length) {
        return Math.toIntExact((length + BLOCK - 1) / BLOCK);
    }

    @Override
    public void close() {
        for (Image image : alternating) {
            image.free();
        }
        weights.values().forEach(Image::free);
        weights.clear();
    }

    private void convert(Floats array, long length, Image image) {
        image.reserve(length);
        pool.run(blocks(length), (item, worker) -> {
            long start = (long) item * BLOCK;
            int count = (int) Math.min(BLOCK, length - start);
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
