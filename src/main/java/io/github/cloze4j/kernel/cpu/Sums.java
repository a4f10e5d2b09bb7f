package io.github.cloze4j.kernel.cpu;

/**
 * Sums. Those of a row the compiler does not vectorise: eight of them side by side hide the latency of an addition. Those
 * element by element it does.
 */
final class Sums {
    private Sums() {}

    /** {@code sum += x}, element by element. */
    static void add(float[] x, float[] sum, int count) {
        for (int i = 0; i < count; i++) {
            sum[i] += x[i];
        }
    }

    /** {@code Σ x}. */
    static float of(float[] x, int start, int count) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = start;
        for (; i <= start + count - 8; i += 8) {
            s0 += x[i];
            s1 += x[i + 1];
            s2 += x[i + 2];
            s3 += x[i + 3];
            s4 += x[i + 4];
            s5 += x[i + 5];
            s6 += x[i + 6];
            s7 += x[i + 7];
        }
        for (; i < start + count; i++) {
            s0 += x[i];
        }
        return (s0 + s1) + (s2 + s3) + ((s4 + s5) + (s6 + s7));
    }

    /** {@code Σ x · y}. */
    static float ofProducts(float[] x, float[] y, int start, int count) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = start;
        for (; i <= start + count - 8; i += 8) {
            s0 += x[i] * y[i];
            s1 += x[i + 1] * y[i + 1];
            s2 += x[i + 2] * y[i + 2];
            s3 += x[i + 3] * y[i + 3];
            s4 += x[i + 4] * y[i + 4];
            s5 += x[i + 5] * y[i + 5];
            s6 += x[i + 6] * y[i + 6];
            s7 += x[i + 7] * y[i + 7];
        }
        for (; i < start + count; i++) {
            s0 += x[i] * y[i];
        }
        return (s0 + s1) + (s2 + s3) + ((s4 + s5) + (s6 + s7));
    }

    /** {@code Σ (x − mean)²}. */
    static float ofSquaredDistances(float[] x, float mean, int start, int count) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = start;
        for (; i <= start + count - 8; i += 8) {
            float d0 = x[i] - mean;
            float d1 = x[i + 1] - mean;
            float d2 = x[i + 2] - mean;
            float d3 = x[i + 3] - mean;
            float d4 = x[i + 4] - mean;
            float d5 = x[i + 5] - mean;
            float d6 = x[i + 6] - mean;
            float d7 = x[i + 7] - mean;
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
            s4 += d4 * d4;
            s5 += d5 * d5;
            s6 += d6 * d6;
            s7 += d7 * d7;
        }
        for (; i < start + count; i++) {
            s0 += (x[i] - mean) * (x[i] - mean);
        }
        return (s0 + s1) + (s2 + s3) + ((s4 + s5) + (s6 + s7));
    }
}
