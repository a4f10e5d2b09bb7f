package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** LayerNorm of {@code residual + dropout(x)}, a row at a time, in Java and in double precision. */
final class HostLayerNorm {
    private HostLayerNorm() {}

    static void forward(
            Nd4jThreads threads,
            INDArray x,
            @Nullable INDArray residual,
            Dropout dropout,
            INDArray gamma,
            INDArray beta,
            double epsilon,
            INDArray normalized,
            INDArray inverseDeviation,
            INDArray y) {
        try (HostMatrix in = HostMatrix.of(x);
                HostMatrix residualIn = HostMatrix.of(residual == null ? x : residual);
                HostMatrix saved = HostMatrix.of(normalized);
                HostMatrix inverses = HostMatrix.of(inverseDeviation);
                HostMatrix out = HostMatrix.of(y)) {
            DropoutMask mask = DropoutMask.of(dropout);
            double[] scale = HostMatrix.values(gamma);
            double[] shift = HostMatrix.values(beta);
            int hidden = in.columns();
            threads.forEach((int) x.size(0), token -> {
                int at = token * hidden;
                double[] row = new double[hidden];
                in.read(at, row, hidden);
                mask.apply(at, row, hidden);
                if (residual != null) {
                    double[] skipped = new double[hidden];
                    residualIn.read(at, skipped, hidden);
                    for (int i = 0; i < hidden; i++) {
                        row[i] += skipped[i];
                    }
                }
                double inverse = normalize(row, epsilon);
                saved.write(at, row, hidden);
                inverses.put(token, inverse);
                for (int i = 0; i < hidden; i++) {
                    row[i] = scale[i] * row[i] + shift[i];
                }
                out.write(at, row, hidden);
            });
        }
    }

    /** To mean 0 and variance 1; returns what the centred row was multiplied by. */
    private static double normalize(double[] row, double epsilon) {
        double mean = 0;
        for (double value : row) {
            mean += value;
        }
        mean /= row.length;
        double variance = 0;
        for (double value : row) {
            variance += (value - mean) * (value - mean);
        }
        double inverse = 1 / Math.sqrt(variance / row.length + epsilon);
        for (int i = 0; i < row.length; i++) {
            row[i] = (row[i] - mean) * inverse;
        }
        return inverse;
    }

    /** With {@code g = dy · gamma}: {@code dSum = inverse · (g − mean(g) − normalized · mean(g · normalized))}. */
    static void backward(
            Nd4jThreads threads,
            INDArray dy,
            INDArray gamma,
            INDArray normalized,
            INDArray inverseDeviation,
            Dropout dropout,
            @Nullable INDArray dResidual,
            INDArray dx) {
        try (HostMatrix in = HostMatrix.of(dy);
                HostMatrix saved = HostMatrix.of(normalized);
                HostMatrix inverses = HostMatrix.of(inverseDeviation);
                HostMatrix residualOut = HostMatrix.of(dResidual == null ? dx : dResidual);
                HostMatrix out = HostMatrix.of(dx)) {
            DropoutMask mask = DropoutMask.of(dropout);
            double[] scale = HostMatrix.values(gamma);
            int hidden = in.columns();
            threads.forEach((int) dy.size(0), token -> {
                int at = token * hidden;
                double[] g = new double[hidden];
                double[] row = new double[hidden];
                in.read(at, g, hidden);
                saved.read(at, row, hidden);
                double mean = 0;
                double meanProduct = 0;
                for (int i = 0; i < hidden; i++) {
                    g[i] *= scale[i];
                    mean += g[i];
                    meanProduct += g[i] * row[i];
                }
                mean /= hidden;
                meanProduct /= hidden;
                double inverse = inverses.get(token);
                for (int i = 0; i < hidden; i++) {
                    g[i] = inverse * (g[i] - mean - row[i] * meanProduct);
                }
                if (dResidual != null) {
                    residualOut.write(at, g, hidden);
                }
                mask.apply(at, g, hidden);
                out.write(at, g, hidden);
            });
        }
    }
}
