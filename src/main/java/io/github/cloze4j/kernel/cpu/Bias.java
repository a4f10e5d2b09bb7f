package io.github.cloze4j.kernel.cpu;

import java.util.Arrays;

/** A bias: added to all rows of a result, and the column sums that are its gradient. On the calling worker's thread. */
final class Bias {
    /** Elements that are read, changed and written back at a time. */
    private static final int BLOCK = 1 << 12;

    private Bias() {}

    /** Rows of so many columns that make a block. */
    static int blockRows(int columns) {
        return Math.max(1, BLOCK / columns);
    }

    /** {@code y += bias} in rows {@code [row, row + rows)} and columns {@code [column, column + columns)}. */
    static void add(Worker worker, Floats bias, Floats y, int out, int row, int rows, int column, int columns) {
        int most = Math.min(rows, blockRows(columns));
        float[] shift = bias.readTiled(column, worker.block(0, most * columns), columns, most);
        float[] block = worker.block(1, most * columns);
        for (int done = 0; done < rows; done += most) {
            int count = Math.min(most, rows - done);
            long at = (long) (row + done) * out + column;
            y.readRows(at, out, block, columns, count);
            Sums.add(shift, block, columns * count);
            y.writeRows(at, out, block, columns, count);
        }
    }

    /** {@code sums += } the columns' sums of rows of dy {@code [tokens, out]}, in columns {@code [column, column + columns)}. */
    static void addColumnSums(Worker worker, Floats dy, int tokens, int out, int column, int columns, Floats sums) {
        int most = Math.min(tokens, blockRows(columns));
        float[] total = worker.block(0, most * columns);
        float[] block = worker.block(1, most * columns);
        Arrays.fill(total, 0, most * columns, 0);
        for (int done = 0; done < tokens; done += most) {
            int count = Math.min(most, tokens - done);
            dy.readRows((long) done * out + column, out, block, columns, count);
            Sums.add(block, total, columns * count);
        }
        addRows(worker, total, most, column, columns, sums);
    }

    /** Adds rows of {@code total}, one below the other, to {@code sums} from {@code column} on. */
    static void addRows(Worker worker, float[] total, int rows, int column, int columns, Floats sums) {
        float[] sum = worker.block(2, columns);
        float[] row = worker.block(1, columns);
        sums.read(column, sum, columns);
        for (int i = 0; i < rows; i++) {
            System.arraycopy(total, i * columns, row, 0, columns);
            Sums.add(row, sum, columns);
        }
        sums.write(column, sum, columns);
    }
}
