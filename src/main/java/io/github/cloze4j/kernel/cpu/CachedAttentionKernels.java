package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.CachedAttention;
import io.github.cloze4j.kernel.Documents;
import java.util.Arrays;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention to a cache of keys and values. An item of parallel work is one head of one text: two products of a vector and the
 * matrix of its keys or values, which is contiguous in the cache.
 */
final class CachedAttentionKernels implements CachedAttention {
    /**
     * Scores of a softmax are padded to a multiple of this with −∞. oneDNN makes a softmax for each length, and a text has
     * another length at each step.
     */
    private static final int PADDING = 64;

    /** Elements that are copied at a time. */
    private static final int BLOCK = 1 << 12;

    /** The scratch of a worker that holds its scores. */
    private static final int SCORES = 1;

    private static final int HEADS = 2;
    private static final int POSITIONS = 3;

    private final WorkerPool pool;
    private final Gemm gemm;
    private final RowSoftmax softmax;
    private final MemoryViews memory;
    private final Function<INDArray, Floats> written;

    /** @param written the memory of an array that is written */
    CachedAttentionKernels(
            WorkerPool pool, Gemm gemm, RowSoftmax softmax, MemoryViews memory, Function<INDArray, Floats> written) {
        this.pool = pool;
        this.gemm = gemm;
        this.softmax = softmax;
        this.memory = memory;
        this.written = written;
    }

    /** A cache {@code [slots, 2, heads, positions, size]}. */
    private record Cache(Floats memory, int heads, long positions, int size) {
        int hidden() {
            return heads * size;
        }

        /** Where the key (0) or the value (1) of a position begins. */
        long at(int slot, int which, int head, int position) {
            return ((((long) slot * 2 + which) * heads + head) * positions + position) * size;
        }
    }

    private static Cache cache(Floats memory, INDArray array) {
        return new Cache(memory, (int) array.size(HEADS), array.size(POSITIONS), (int) array.size(-1));
    }

    @Override
    public void keep(INDArray qkv, Documents documents, int[] slots, INDArray into) {
        Floats from = memory.of(qkv);
        Cache cache = cache(written.apply(into), into);
        pool.run(documents.count() * cache.heads(), (item, worker) -> {
            int document = item / cache.heads();
            int head = item % cache.heads();
            keep(worker, from, documents.begin(document), documents.length(document), cache, slots[document], head, 0);
        });
    }

    /** Copies the keys and values of one head of {@code count} rows to the positions from {@code position} on. */
    private static void keep(
            Worker worker, Floats qkv, int row, int count, Cache cache, int slot, int head, int position) {
        int size = cache.size();
        int stride = 3 * cache.hidden();
        int most = Math.max(1, Math.min(count, BLOCK / size));
        float[] block = worker.block(0, most * size);
        for (int which = 0; which < 2; which++) {
            int column = (1 + which) * cache.hidden() + head * size;
            for (int done = 0; done < count; done += most) {
                int rows = Math.min(most, count - done);
                qkv.readRows((long) (row + done) * stride + column, stride, block, size, rows);
                cache.memory().write(cache.at(slot, which, head, position + done), block, rows * size);
            }
        }
    }

    @Override
    public void attend(INDArray qkv, int[] slots, int[] lengths, INDArray kept, INDArray context) {
        Floats from = memory.of(qkv);
        Floats to = written.apply(context);
        Cache cache = cache(written.apply(kept), kept);
        pool.run(slots.length * cache.heads(), (item, worker) -> {
            int text = item / cache.heads();
            int head = item % cache.heads();
            keep(worker, from, text, 1, cache, slots[text], head, lengths[text]);
            int column = head * cache.size();
            attend(
                    worker,
                    from.address((long) text * 3 * cache.hidden() + column),
                    cache,
                    slots[text],
                    head,
                    lengths[text] + 1,
                    to.address((long) text * cache.hidden() + column));
        });
    }

    /** {@code context = softmax(q · Kᵀ / √size) · V} over the first {@code length} positions. */
    private void attend(Worker worker, long query, Cache cache, int slot, int head, int length, long context) {
        int size = cache.size();
        int padded = (length + PADDING - 1) / PADDING * PADDING;
        Floats scores = worker.scratch(SCORES, padded);
        long keys = cache.memory().address(cache.at(slot, 0, head, 0));
        long values = cache.memory().address(cache.at(slot, 1, head, 0));
        float scale = (float) (1 / Math.sqrt(size));
        gemm.multiply(
                worker, false, true, 1, length, size, scale, query, size, keys, size, 0, scores.address(0), padded);
        float[] hidden = worker.block(0, PADDING);
        Arrays.fill(hidden, 0, padded - length, Float.NEGATIVE_INFINITY);
        scores.write(length, hidden, padded - length);
        softmax.apply(worker, scores, 0, 1, padded);
        gemm.multiply(
                worker, false, false, 1, size, length, 1, scores.address(0), padded, values, size, 0, context, size);
    }

    @Override
    public void copy(INDArray from, int fromSlot, INDArray to, int toSlot, int first, int end) {
        Cache source = cache(memory.of(from), from);
        Cache target = cache(written.apply(to), to);
        int count = (end - first) * source.size();
        pool.run(2 * source.heads(), (item, worker) -> {
            int which = item / source.heads();
            int head = item % source.heads();
            float[] block = worker.block(0, BLOCK);
            for (int done = 0; done < count; done += BLOCK) {
                int part = Math.min(BLOCK, count - done);
                source.memory().read(source.at(fromSlot, which, head, first) + done, block, part);
                target.memory().write(target.at(toSlot, which, head, first) + done, block, part);
            }
        });
    }
}
