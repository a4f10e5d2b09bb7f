package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Activation;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers: products cut into tiles of the result, each followed, while it is in the cache, by what is added or
 * multiplied to it.
 */
final class LinearKernels {
    /** A tile of {@code [256, 512]} floats is half of a usual second-level cache. */
    private static final int TILE_ROWS = 256;

    private static final int TILE_COLUMNS = 512;

    private final WorkerPool pool;
    private final Gemm gemm;

    LinearKernels(WorkerPool pool, Gemm gemm) {
        this.pool = pool;
        this.gemm = gemm;
    }

    /** Work on rows {@code [row, row + rows)} and columns {@code [column, column + columns)} of a result. */
    private interface TileTask {
        void run(Worker worker, int row, int rows, int column, int columns);
    }

    private void forEachTile(int rows, int columns, TileTask task) {
        int across = (columns + TILE_COLUMNS - 1) / TILE_COLUMNS;
        int down = (rows + TILE_ROWS - 1) / TILE_ROWS;
        pool.run(across * down, (item, worker) -> {
            int row = item / across * TILE_ROWS;
            int column = item % across * TILE_COLUMNS;
            task.run(worker, row, Math.min(TILE_ROWS, rows - row), column, Math.min(TILE_COLUMNS, columns - column));
        });
    }

    /** {@code c = alpha · op(a) · op(b) + beta · c}: c {@code [m, n]}, {@code k} is summed over. */
    void multiply(
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            Floats a,
            Floats b,
            float beta,
            Floats c) {
        forEachTile(
                m,
                n,
                (worker, row, rows, column, columns) -> gemm.multiply(
                        worker,
                        transposeA,
                        transposeB,
                        rows,
                        columns,
                        k,
                        alpha,
                        a.address(transposeA ? row : (long) row * k),
                        transposeA ? m : k,
                        b.address(transposeB ? (long) column * k : column),
                        transposeB ? k : n,
                        beta,
                        c.address((long) row * n + column),
                        n));
    }

    /** {@code y = x · weightᵀ + bias}. */
    void forward(Floats x, Floats weight, Floats bias, int tokens, int in, int out, Floats y) {
        forEachTile(tokens, out, (worker, row, rows, column, columns) -> {
            product(worker, x, weight, in, out, y, row, rows, column, columns);
            float[] shift = worker.block(0, columns);
            float[] block = worker.block(1, columns);
            bias.read(column, shift, columns);
            for (int at = row * out + column; at < (row + rows) * out; at += out) {
                y.read(at, block, columns);
                add(shift, block, columns);
                y.write(at, block, columns);
            }
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
        forEachTile(tokens, out, (worker, row, rows, column, columns) -> {
            product(worker, x, weight, in, out, derivative, row, rows, column, columns);
            float[] shift = worker.block(0, columns);
            float[] z = worker.block(1, columns);
            float[] value = worker.block(2, columns);
            float[] scratch = worker.block(3, columns);
            bias.read(column, shift, columns);
            for (int at = row * out + column; at < (row + rows) * out; at += out) {
                derivative.read(at, z, columns);
                add(shift, z, columns);
                Gelu.forward(activation, z, value, scratch, columns);
                derivative.write(at, z, columns);
                y.write(at, value, columns);
            }
        });
    }

    private void product(
            Worker worker,
            Floats x,
            Floats weight,
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

    /** {@code dx = (dy · weight + beta · dx) ∘ derivative}; no derivative stands for ones. */
    void backwardInput(
            Floats dy, Floats weight, int tokens, int in, int out, float beta, @Nullable Floats derivative, Floats dx) {
        forEachTile(tokens, in, (worker, row, rows, column, columns) -> {
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
                float[] factor = worker.block(0, columns);
                float[] block = worker.block(1, columns);
                for (int at = row * in + column; at < (row + rows) * in; at += in) {
                    derivative.read(at, factor, columns);
                    dx.read(at, block, columns);
                    multiply(factor, block, columns);
                    dx.write(at, block, columns);
                }
            }
        });
    }

    /** {@code dWeight += dyᵀ · x; dBias += } column sums of dy, with the first column of tiles. */
    void backwardParameters(Floats x, Floats dy, int tokens, int in, int out, Floats dWeight, Floats dBias) {
        forEachTile(out, in, (worker, row, rows, column, columns) -> {
            gemm.multiply(
                    worker,
                    true,
                    false,
                    rows,
                    columns,
                    tokens,
                    1,
                    dy.address(row),
                    out,
                    x.address(column),
                    in,
                    1,
                    dWeight.address((long) row * in + column),
                    in);
            if (column == 0) {
                float[] sums = worker.block(0, rows);
                float[] block = worker.block(1, rows);
                dBias.read(row, sums, rows);
                for (int token = 0; token < tokens; token++) {
                    dy.read(token * out + row, block, rows);
                    add(block, sums, rows);
                }
                dBias.write(row, sums, rows);
            }
        });
    }

    /** {@code y += x}. */
    private static void add(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] += x[i];
        }
    }

    /** {@code y *= x}. */
    private static void multiply(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] *= x[i];
        }
    }
}
