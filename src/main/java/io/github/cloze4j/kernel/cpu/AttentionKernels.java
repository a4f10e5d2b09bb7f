package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.DropoutMask;
import java.util.Arrays;

/**
 * Attention within documents. An item of parallel work is one head of one document: small products on strided views of the
 * fused {@code [tokens, 3 · hidden]} matrix, without copies of the heads.
 *
 * <p>The saved probabilities of an item are a square of their own, {@code [length, length]}; those of tokens that a query does
 * not see are 0. A probability that dropout dropped has its sign bit set, so backward needs no mask.
 */
final class AttentionKernels {
    /** Elements of a block of probabilities. */
    private static final int BLOCK = 1 << 13;

    /**
     * Rows of one product if tokens do not see all of their document. A larger number multiplies more hidden columns for
     * nothing; a smaller one makes products too small to be fast.
     */
    private static final int CAUSAL_ROWS = 64;

    private static final int SIGN = Integer.MIN_VALUE;

    /** The square of a longer document has more elements than an int counts. */
    private static final int MOST_TOKENS = 46_340;

    /** Scratches of a worker; 0 is {@link DropoutKernels}'. */
    private static final int DROPPED = 1;

    private static final int D_SCORES = 2;

    private final WorkerPool pool;
    private final Gemm gemm;
    private final RowSoftmax softmax;

    AttentionKernels(WorkerPool pool, Gemm gemm, RowSoftmax softmax) {
        this.pool = pool;
        this.gemm = gemm;
        this.softmax = softmax;
    }

    /** Operands and shape of one call. */
    record Call(
            Floats qkv,
            Documents documents,
            int heads,
            int hidden,
            DropoutMask mask,
            Floats probabilities,
            int longest) {
        Call {
            longest = Math.min(longest, MOST_TOKENS);
        }

        int items() {
            return documents.count() * heads;
        }

        int size() {
            return hidden / heads;
        }

        int tokens() {
            return documents.tokens();
        }

        float scale() {
            return (float) (1 / Math.sqrt(size()));
        }

        int first(int item) {
            return documents.begin(item / heads);
        }

        int length(int item) {
            int length = documents.length(item / heads);
            if (length > longest) {
                throw new IllegalArgumentException("Expected documents of at most " + longest
                        + " tokens, for which probabilities have room. Received: " + length);
            }
            return length;
        }

        /** Rows of an item's square that are multiplied together: all, or fewer if then hidden columns can be left out. */
        int rowsTogether(int item) {
            return documents.isBidirectional(item / heads) ? length(item) : Math.min(CAUSAL_ROWS, length(item));
        }

        /** The first row of the item's square that sees a column, or columns after it. */
        int firstThatSees(int item, int column) {
            return column < documents.prefix(item / heads) ? 0 : column;
        }

        /** Columns that a row of the item's square sees. */
        int visible(int item, int row) {
            int first = first(item);
            return documents.visibleEnd(item / heads, first + row) - first;
        }

        int head(int item) {
            return item % heads;
        }

        /** Where the item's square begins. */
        long square(int item) {
            int length = length(item);
            return (long) heads * first(item) * longest + (long) head(item) * length * length;
        }

        /** Address of the item's part of query (0), key (1) or value (2) in a matrix laid out as qkv. */
        long part(Floats matrix, int item, int which) {
            return matrix.address((long) first(item) * 3 * hidden + (long) which * hidden + (long) head(item) * size());
        }

        /** Address of the item's part of a matrix {@code [tokens, hidden]}. */
        long headOf(Floats matrix, int item) {
            return matrix.address((long) first(item) * hidden + (long) head(item) * size());
        }

        long maskIndex(int item) {
            return DropoutMask.attentionIndex(head(item), tokens(), first(item));
        }
    }

    void forward(Call call, Floats context) {
        pool.run(call.items(), (item, worker) -> forward(call, item, worker, context));
    }

    /** {@code P = softmax(Q · Kᵀ / √size); context = dropout(P) · V}. */
    private void forward(Call call, int item, Worker worker, Floats context) {
        int length = call.length(item);
        int stride = 3 * call.hidden();
        long square = call.square(item);
        long weights = call.probabilities().address(square);
        long query = call.part(call.qkv(), item, 0);
        long key = call.part(call.qkv(), item, 1);
        long value = call.part(call.qkv(), item, 2);
        productsOfRows(call, item, worker, call.scale(), query, stride, key, weights);
        hide(call, item, worker);
        softmax.apply(worker, call.probabilities(), square, length, length);
        float scale = 1;
        if (!call.mask().keepsAll()) {
            Floats dropped = worker.scratch(DROPPED, length * length);
            for (int start = 0; start < length * length; start += BLOCK) {
                drop(call, item, worker, square, start, Math.min(BLOCK, length * length - start), dropped);
            }
            weights = dropped.address(0);
            scale = call.mask().scale();
        }
        sumsOfKeys(call, item, worker, scale, weights, value, call.headOf(context, item), call.hidden());
    }

    /** Sets the scores that a row does not see to −∞, so that the softmax makes them 0. */
    private static void hide(Call call, int item, Worker worker) {
        if (call.documents().isBidirectional(item / call.heads())) {
            return;
        }
        int length = call.length(item);
        long square = call.square(item);
        float[] hidden = worker.block(0, length);
        Arrays.fill(hidden, 0, length, Float.NEGATIVE_INFINITY);
        for (int row = 0; row < length; row++) {
            int visible = call.visible(item, row);
            if (visible < length) {
                call.probabilities().write(square + (long) row * length + visible, hidden, length - visible);
            }
        }
    }

    /**
     * {@code square[q, k] = alpha · a[q] · b[k]}; columns that no row of a block sees are left as they were.
     *
     * @param a address of the item's part of a matrix whose rows are {@code lda} apart
     * @param b address of the item's part of a matrix laid out as qkv
     */
    private void productsOfRows(Call call, int item, Worker worker, float alpha, long a, int lda, long b, long square) {
        int length = call.length(item);
        int rows = call.rowsTogether(item);
        for (int row = 0; row < length; row += rows) {
            int count = Math.min(rows, length - row);
            gemm.multiply(
                    worker,
                    false,
                    true,
                    count,
                    call.visible(item, row + count - 1),
                    call.size(),
                    alpha,
                    a + bytes((long) row * lda),
                    lda,
                    b,
                    3L * call.hidden(),
                    0,
                    square + bytes((long) row * length),
                    length);
        }
    }

    /**
     * {@code out[q] = alpha · Σ square[q, k] · b[k]}.
     *
     * @param b address of the item's part of a matrix laid out as qkv
     * @param out address of the item's part of a matrix whose rows are {@code ldout} apart
     */
    private void sumsOfKeys(Call call, int item, Worker worker, float alpha, long square, long b, long out, int ldout) {
        int length = call.length(item);
        int rows = call.rowsTogether(item);
        for (int row = 0; row < length; row += rows) {
            int count = Math.min(rows, length - row);
            gemm.multiply(
                    worker,
                    false,
                    false,
                    count,
                    call.size(),
                    call.visible(item, row + count - 1),
                    alpha,
                    square + bytes((long) row * length),
                    length,
                    b,
                    3L * call.hidden(),
                    0,
                    out + bytes((long) row * ldout),
                    ldout);
        }
    }

    /**
     * {@code out[k] = alpha · Σ square[q, k] · b[q]}.
     *
     * @param b address of the item's part of a matrix whose rows are {@code ldb} apart
     * @param out address of the item's part of a matrix laid out as qkv
     */
    private void sumsOfQueries(
            Call call, int item, Worker worker, float alpha, long square, long b, int ldb, long out) {
        int length = call.length(item);
        int stride = 3 * call.hidden();
        int columns = call.rowsTogether(item);
        for (int column = 0; column < length; column += columns) {
            int count = Math.min(columns, length - column);
            int first = call.firstThatSees(item, column);
            gemm.multiply(
                    worker,
                    true,
                    false,
                    count,
                    call.size(),
                    length - first,
                    alpha,
                    square + bytes((long) first * length + column),
                    length,
                    b + bytes((long) first * ldb),
                    ldb,
                    0,
                    out + bytes((long) column * stride),
                    stride);
        }
    }

    private static long bytes(long floats) {
        return floats * Float.BYTES;
    }

    /** Marks what is dropped in the saved probabilities and copies what is kept. */
    private static void drop(Call call, int item, Worker worker, long square, int start, int count, Floats dropped) {
        int[] keep = worker.keep(count);
        int[] bits = worker.bits(count);
        int[] marked = worker.marked(count);
        call.mask().keep(call.maskIndex(item) + start, keep, count);
        call.probabilities().readBits(square + start, bits, count);
        for (int i = 0; i < count; i++) {
            marked[i] = bits[i] | (~keep[i] & SIGN);
        }
        for (int i = 0; i < count; i++) {
            bits[i] &= keep[i];
        }
        call.probabilities().writeBits(square + start, marked, count);
        dropped.writeBits(start, bits, count);
    }

    void backward(Call call, Floats dContext, Floats dQkv) {
        pool.run(call.items(), (item, worker) -> backward(call, item, worker, dContext, dQkv));
    }

    private void backward(Call call, int item, Worker worker, Floats dContext, Floats dQkv) {
        int length = call.length(item);
        int hidden = call.hidden();
        int stride = 3 * hidden;
        long query = call.part(call.qkv(), item, 0);
        long key = call.part(call.qkv(), item, 1);
        long value = call.part(call.qkv(), item, 2);
        long dOut = call.headOf(dContext, item);
        Floats droppedWeights = worker.scratch(DROPPED, length * length);
        Floats dWeights = worker.scratch(D_SCORES, length * length);
        long dropped = droppedWeights.address(0);
        long dScores = dWeights.address(0);

        // context = D · V:  dD = dContext · Vᵀ
        productsOfRows(call, item, worker, 1, dOut, hidden, value, dScores);
        int rows = Math.max(1, BLOCK / length);
        for (int row = 0; row < length; row += rows) {
            scoresBackward(call, item, worker, row, Math.min(rows, length - row), droppedWeights, dWeights);
        }
        // dV = Dᵀ · dContext
        sumsOfQueries(call, item, worker, 1, dropped, dOut, hidden, call.part(dQkv, item, 2));
        // S = Q · Kᵀ / √size:  dQ = dS · K / √size, dK = dSᵀ · Q / √size
        sumsOfKeys(call, item, worker, call.scale(), dScores, key, call.part(dQkv, item, 0), stride);
        sumsOfQueries(call, item, worker, call.scale(), dScores, query, stride, call.part(dQkv, item, 1));
    }

    /**
     * From the marked probabilities P and dD to D and dS: {@code D = scale · max(P, 0)}, and by the chain rule through
     * dropout and softmax {@code dS = D ∘ dD − |P| · rowsum(D ∘ dD)}.
     */
    private static void scoresBackward(
            Call call, int item, Worker worker, int row, int rows, Floats dropped, Floats dWeights) {
        int length = call.length(item);
        int start = row * length;
        int count = rows * length;
        float[] p = worker.block(0, count);
        float[] d = worker.block(1, count);
        float[] dScores = worker.block(2, count);
        call.probabilities().read(call.square(item) + start, p, count);
        dWeights.read(start, dScores, count);
        zeroLeftOut(call, item, row, rows, dScores);
        float half = 0.5f * call.mask().scale();
        for (int i = 0; i < count; i++) {
            d[i] = half * (p[i] + Math.abs(p[i]));
        }
        for (int i = 0; i < count; i++) {
            dScores[i] *= d[i];
        }
        for (int at = 0; at < count; at += length) {
            float sum = Sums.of(dScores, at, length);
            for (int i = at; i < at + length; i++) {
                dScores[i] -= sum * Math.abs(p[i]);
            }
        }
        dropped.write(start, d, count);
        dWeights.write(start, dScores, count);
    }

    /**
     * Sets dD to 0 in the columns that {@link #productsOfRows} left out. They are multiplied by 0 later, which is 0 only if
     * they are numbers.
     */
    private static void zeroLeftOut(Call call, int item, int first, int rows, float[] dWeights) {
        int length = call.length(item);
        int together = call.rowsTogether(item);
        if (together == length) {
            return;
        }
        for (int row = 0; row < rows; row++) {
            int last = Math.min(length, ((first + row) / together + 1) * together) - 1;
            Arrays.fill(dWeights, row * length + call.visible(item, last), (row + 1) * length, 0);
        }
    }
}
