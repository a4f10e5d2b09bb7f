package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Activation;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers. A product is cut into one tile of the result for each thread. The thread that computed a tile also adds the
 * bias to it, or multiplies it by a derivative, while the tile is in its cache.
 */
final class LinearKernels {
    private static final int LINE = 16;

    /** The most rows of x of a thin product, which reads its weights from memory and computes little with them. */
    private static final int THIN = 32;

    /** Elements of a strip of weights, 128 KiB: it stays in a second-level cache until all rows were multiplied by it. */
    private static final int STRIP = 1 << 15;

    private final WorkerPool pool;
    private final Gemm gemm;
    private final Operands operands;
    private final WideLinearKernels wide;

    /** @param operands as {@code gemm} takes them */
    LinearKernels(WorkerPool pool, Gemm gemm, Operands operands) {
        this.pool = pool;
        this.gemm = gemm;
        this.operands = operands;
        wide = new WideLinearKernels(pool, gemm, operands);
    }

    /** Work on rows {@code [row, row + rows)} and columns {@code [column, column + columns)} of a result. */
    private interface TileTask {
        void run(Worker worker, int row, int rows, int column, int columns);
    }

    /**
     * A library packs both operands of each tile anew: {@code down} tiles below each other pack the right one so many
     * times, {@code across} tiles side by side the left one. The cut that packs least wins.
     */
    private void forEachTile(int rows, int columns, TileTask task) {
        int threads = pool.size();
        int down = 1;
        long least = Long.MAX_VALUE;
        for (int candidate = 1; candidate <= threads; candidate++) {
            int sideBySide = (threads + candidate - 1) / candidate;
            long packed = (long) candidate * columns + (long) sideBySide * rows;
            if (packed < least) {
                least = packed;
                down = candidate;
            }
        }
        int tileRows = tile(rows, down);
        int tileColumns = tile(columns, (threads + down - 1) / down);
        int across = (columns + tileColumns - 1) / tileColumns;
        int items = across * ((rows + tileRows - 1) / tileRows);
        pool.run(items, (item, worker) -> {
            int row = item / across * tileRows;
            int column = item % across * tileColumns;
            task.run(worker, row, Math.min(tileRows, rows - row), column, Math.min(tileColumns, columns - column));
        });
    }

    private boolean isThin(int rows) {
        return rows <= THIN && gemm.rowsWithoutCopy() > 0;
    }

    /**
     * Tiles of {@code x · weightᵀ}. Those of a thin product are strips of weights, each of which is read from memory once and
     * multiplied by few rows of x at a time.
     *
     * @param rows rows of x
     * @param columns columns of the result
     * @param k columns of x
     */
    private void forEachTile(int rows, int columns, int k, TileTask task) {
        if (!isThin(rows)) {
            forEachTile(rows, columns, task);
            return;
        }
        int together = gemm.rowsWithoutCopy();
        int width = Math.max(LINE, Math.min(tile(columns, pool.size()), STRIP / k / LINE * LINE));
        pool.run((columns + width - 1) / width, (strip, worker) -> {
            int column = strip * width;
            for (int row = 0; row < rows; row += together) {
                task.run(worker, row, Math.min(together, rows - row), column, Math.min(width, columns - column));
            }
        });
    }

    /** The length of one of {@code parts}, in whole lines of 16 floats. */
    private static int tile(int length, int parts) {
        return ((length + parts - 1) / parts + LINE - 1) / LINE * LINE;
    }

    /**
     * A stored matrix.
     *
     * @param leading elements from a row to the next, at least {@code columns}
     */
    record Matrix(Floats memory, int rows, int columns, long leading) {
        long span() {
            return (rows - 1) * leading + columns;
        }
    }

    /** {@code c = alpha · op(a) · op(b) + beta · c}; {@code k} is summed over. */
    void multiply(
            boolean transposeA, boolean transposeB, int k, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Operand left = operands.of(a.memory(), a.span());
        Operand right = operands.of(b.memory(), b.span());
        TileTask task = (worker, row, rows, column, columns) -> gemm.multiply(
                worker,
                transposeA,
                transposeB,
                rows,
                columns,
                k,
                alpha,
                left.address(transposeA ? row : row * a.leading()),
                a.leading(),
                right.address(transposeB ? column * b.leading() : column),
                b.leading(),
                beta,
                c.memory().address(row * c.leading() + column),
                c.leading());
        if (transposeB && !transposeA) {
            forEachTile(c.rows(), c.columns(), k, task);
        } else {
            forEachTile(c.rows(), c.columns(), task);
        }
    }

    /** {@code y = x · weightᵀ + bias}. */
    void forward(Floats x, Floats weight, Floats bias, int tokens, int in, int out, Floats y) {
        if (!isThin(tokens) && WideLinearKernels.suit(tokens, in, out)) {
            wide.forward(x, weight, bias, tokens, in, out, y);
            return;
        }
        Operand left = operands.of(x, (long) tokens * in);
        Operand right = operands.weight(weight, (long) out * in);
        forEachTile(tokens, out, in, (worker, row, rows, column, columns) -> {
            product(worker, left, right, in, out, y, row, rows, column, columns);
            Bias.add(worker, bias, y, out, row, rows, column, columns);
        });
    }

    /** {@code z = x · weightᵀ + bias; y = f(z); derivative = f'(z)}. */
    void forward(
            Floats x,
            Floats weight,
            Floats bias,
            int tokens,
            int in,
            int out,
            Activation activation,
            Floats derivative,
            Floats y) {
        Operand left = operands.of(x, (long) tokens * in);
        Operand right = operands.weight(weight, (long) out * in);
        forEachTile(tokens, out, in, (worker, row, rows, column, columns) -> {
            product(worker, left, right, in, out, derivative, row, rows, column, columns);
            biasActivation(worker, bias, out, activation, derivative, y, row, rows, column, columns);
        });
    }

    /** {@code y = f(z + bias)}, and {@code f'(z + bias)} in the place of z {@code [tokens, out]}. */
    void biasActivation(Floats bias, int tokens, int out, Activation activation, Floats z, Floats y) {
        forEachTile(
                tokens,
                out,
                (worker, row, rows, column, columns) ->
                        biasActivation(worker, bias, out, activation, z, y, row, rows, column, columns));
    }

    private static void biasActivation(
            Worker worker,
            Floats bias,
            int out,
            Activation activation,
            Floats derivative,
            Floats y,
            int row,
            int rows,
            int column,
            int columns) {
        int most = Math.min(rows, Bias.blockRows(columns));
        float[] shift = bias.readTiled(column, worker.block(0, most * columns), columns, most);
        float[] z = worker.block(1, most * columns);
        float[] value = worker.block(2, most * columns);
        float[] scratch = worker.block(3, most * columns);
        for (int done = 0; done < rows; done += most) {
            int count = Math.min(most, rows - done);
            long at = (long) (row + done) * out + column;
            derivative.readRows(at, out, z, columns, count);
            Sums.add(shift, z, columns * count);
            ActivationFunctions.forward(activation, z, value, scratch, columns * count);
            derivative.writeRows(at, out, z, columns, count);
            y.writeRows(at, out, value, columns, count);
        }
    }

    private void product(
            Worker worker,
            Operand x,
            Operand weight,
            int in,
            int out,
            Floats y,
            int row,
            int rows,
            int column,
            int columns) {
        gemm.multiply(
                worker,
                false,
                true,
                rows,
                columns,
                in,
                1,
                x.address((long) row * in),
                in,
                weight.address((long) column * in),
                in,
                0,
                y.address((long) row * out + column),
                out);
    }

    /** The operands of a backward pass: x {@code [tokens, in]}, dy {@code [tokens, out]}, weight {@code [out, in]}. */
    record Backward(Floats x, Floats dy, Floats weight, int tokens, int in, int out) {}

    /** The results of a backward pass; those that are null are not computed. */
    record Gradients(
            @Nullable Floats dx,
            @Nullable Floats dWeight,
            @Nullable Floats dBias) {
        boolean none() {
            return dx == null && dWeight == null && dBias == null;
        }
    }

    /**
     * {@code dx = (dy · weight + beta · dx) ∘ derivative; dWeight += dyᵀ · x; dBias += } column sums of dy. A derivative that
     * is null is 1 everywhere.
     */
    void backward(Backward of, float beta, @Nullable Floats derivative, Gradients gradients) {
        if (gradients.none()) {
            return;
        }
        if (derivative == null && WideLinearKernels.suit(of.tokens(), of.in(), of.out())) {
            wide.backward(of, beta, gradients);
            return;
        }
        Operand dy = operands.of(of.dy(), (long) of.tokens() * of.out());
        if (gradients.dx() != null) {
            backwardInput(of, dy, beta, derivative, gradients.dx());
        }
        if (gradients.dWeight() != null || gradients.dBias() != null) {
            Operand x = operands.of(of.x(), (long) of.tokens() * of.in());
            backwardParameters(of, x, dy, gradients.dWeight(), gradients.dBias());
        }
    }

    private void backwardInput(Backward of, Operand dy, float beta, @Nullable Floats derivative, Floats dx) {
        int in = of.in();
        int out = of.out();
        Operand weight = operands.weight(of.weight(), (long) out * in);
        forEachTile(of.tokens(), in, (worker, row, rows, column, columns) -> {
            gemm.multiply(
                    worker,
                    false,
                    false,
                    rows,
                    columns,
                    out,
                    1,
                    dy.address((long) row * out),
                    out,
                    weight.address(column),
                    in,
                    beta,
                    dx.address((long) row * in + column),
                    in);
            if (derivative != null) {
                int most = Math.min(rows, Bias.blockRows(columns));
                float[] factor = worker.block(0, most * columns);
                float[] block = worker.block(1, most * columns);
                for (int done = 0; done < rows; done += most) {
                    int count = Math.min(most, rows - done);
                    long at = (long) (row + done) * in + column;
                    derivative.readRows(at, in, factor, columns, count);
                    dx.readRows(at, in, block, columns, count);
                    multiply(factor, block, columns * count);
                    dx.writeRows(at, in, block, columns, count);
                }
            }
        });
    }

    /** The first column of tiles computes the column sums, with or without a product: the order of a sum depends on the tiles. */
    private void backwardParameters(
            Backward of, Operand x, Operand dy, @Nullable Floats dWeight, @Nullable Floats dBias) {
        int in = of.in();
        int out = of.out();
        forEachTile(out, in, (worker, row, rows, column, columns) -> {
            if (dWeight != null) {
                gemm.multiply(
                        worker,
                        true,
                        false,
                        rows,
                        columns,
                        of.tokens(),
                        1,
                        dy.address(row),
                        out,
                        x.address(column),
                        in,
                        1,
                        dWeight.address((long) row * in + column),
                        in);
            }
            if (column == 0 && dBias != null) {
                Bias.addColumnSums(worker, of.dy(), of.tokens(), out, row, rows, dBias);
            }
        });
    }

    /** {@code y *= x}. */
    private static void multiply(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] *= x[i];
        }
    }
}
