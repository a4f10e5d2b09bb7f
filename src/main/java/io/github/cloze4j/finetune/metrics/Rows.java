package io.github.cloze4j.finetune.metrics;

/** Picks rows out of arrays, so that a metric can be computed on a resample. */
public final class Rows {
    private Rows() {}

    /**
     * Copies the values of some rows.
     *
     * @param rows the indices of the rows, in any order and with repetitions
     */
    public static int[] pick(int[] values, int[] rows) {
        int[] picked = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            picked[i] = values[rows[i]];
        }
        return picked;
    }

    /**
     * Copies the values of some rows.
     *
     * @param rows the indices of the rows, in any order and with repetitions
     */
    public static double[] pick(double[] values, int[] rows) {
        double[] picked = new double[rows.length];
        for (int i = 0; i < rows.length; i++) {
            picked[i] = values[rows[i]];
        }
        return picked;
    }

    /**
     * Copies the values of some rows.
     *
     * @param rows the indices of the rows, in any order and with repetitions
     */
    public static boolean[] pick(boolean[] values, int[] rows) {
        boolean[] picked = new boolean[rows.length];
        for (int i = 0; i < rows.length; i++) {
            picked[i] = values[rows[i]];
        }
        return picked;
    }

    /**
     * Collects some rows. The result shares the rows with {@code values}.
     *
     * @param rows the indices of the rows, in any order and with repetitions
     */
    public static boolean[][] pick(boolean[][] values, int[] rows) {
        boolean[][] picked = new boolean[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            picked[i] = values[rows[i]];
        }
        return picked;
    }
}
