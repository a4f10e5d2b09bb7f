package io.github.cloze4j.kernel.cpu;

import java.util.List;

/** Rows by index: embeddings and masked positions. */
final class RowKernels {
    private static final int ROWS = 64;

    /** Columns that an item adds: no other item writes them, so equal ids do not race. */
    private static final int COLUMNS = 64;

    private final WorkerPool pool;

    RowKernels(WorkerPool pool) {
        this.pool = pool;
    }

    /** A table of embeddings, and which of its rows each token takes. */
    record Lookup(Floats table, int[] ids) {}

    /** {@code y[t] = Σ table[ids[t]]}. */
    void sum(Lookup first, Lookup second, Lookup third, int hidden, Floats y) {
        int tokens = first.ids().length;
        pool.run((tokens + ROWS - 1) / ROWS, (item, worker) -> {
            float[] sum = worker.block(0, hidden);
            float[] row = worker.block(1, hidden);
            for (int token = item * ROWS; token < Math.min(tokens, (item + 1) * ROWS); token++) {
                first.table().read((long) first.ids()[token] * hidden, sum, hidden);
                second.table().read((long) second.ids()[token] * hidden, row, hidden);
                Sums.add(row, sum, hidden);
                third.table().read((long) third.ids()[token] * hidden, row, hidden);
                Sums.add(row, sum, hidden);
                y.write((long) token * hidden, sum, hidden);
            }
        });
    }

    /** {@code table[ids[t]] += dy[t]} for all tables, in the order of the tokens. */
    void sumBackward(Floats dy, List<Lookup> lookups, int hidden) {
        if (lookups.isEmpty()) {
            return;
        }
        int tokens = lookups.get(0).ids().length;
        pool.run((hidden + COLUMNS - 1) / COLUMNS, (item, worker) -> {
            int column = item * COLUMNS;
            int columns = Math.min(COLUMNS, hidden - column);
            float[] row = worker.block(0, columns);
            float[] sum = worker.block(1, columns);
            for (int token = 0; token < tokens; token++) {
                dy.read((long) token * hidden + column, row, columns);
                for (Lookup lookup : lookups) {
                    addTo(lookup, token, hidden, column, columns, row, sum);
                }
            }
        });
    }

    private static void addTo(Lookup lookup, int token, int hidden, int column, int columns, float[] row, float[] sum) {
        long at = (long) lookup.ids()[token] * hidden + column;
        lookup.table().read(at, sum, columns);
        Sums.add(row, sum, columns);
        lookup.table().write(at, sum, columns);
    }

    /** {@code y[i] = x[rows[i]]}. */
    void gather(Floats x, int[] rows, int hidden, Floats y) {
        pool.run((rows.length + ROWS - 1) / ROWS, (item, worker) -> {
            float[] row = worker.block(0, hidden);
            for (int i = item * ROWS; i < Math.min(rows.length, (item + 1) * ROWS); i++) {
                x.read((long) rows[i] * hidden, row, hidden);
                y.write((long) i * hidden, row, hidden);
            }
        });
    }

    /** {@code dx[rows[i]] = dy[i]}; no row twice. */
    void scatter(Floats dy, int[] rows, int hidden, Floats dx) {
        pool.run((rows.length + ROWS - 1) / ROWS, (item, worker) -> {
            float[] row = worker.block(0, hidden);
            for (int i = item * ROWS; i < Math.min(rows.length, (item + 1) * ROWS); i++) {
                dy.read((long) i * hidden, row, hidden);
                dx.write((long) rows[i] * hidden, row, hidden);
            }
        });
    }
}
