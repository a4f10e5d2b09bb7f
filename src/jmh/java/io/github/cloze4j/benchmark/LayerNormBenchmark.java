package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Dropout, residual and LayerNorm, which are one kernel. */
public class LayerNormBenchmark extends KernelBenchmark {
    private static final double EPSILON = 1e-12;

    /** What computes. */
    @Param({"CPU", "ND4J"})
    public KernelChoice provider;

    private final Dropout dropout = new Dropout(DROPOUT, 0, 0, 0);
    private INDArray x;
    private INDArray residual;
    private INDArray gamma;
    private INDArray beta;
    private INDArray normalized;
    private INDArray inverseDeviation;
    private INDArray y;
    private INDArray dResidual;
    private INDArray dx;
    private INDArray dGamma;
    private INDArray dBeta;

    @Override
    KernelChoice choice() {
        return provider;
    }

    @Override
    void take(Arena arena) {
        x = arena.take(TOKENS, HIDDEN);
        residual = arena.take(TOKENS, HIDDEN);
        gamma = arena.take(HIDDEN);
        beta = arena.take(HIDDEN);
        normalized = arena.take(TOKENS, HIDDEN);
        inverseDeviation = arena.take(TOKENS);
        y = arena.take(TOKENS, HIDDEN);
        dResidual = arena.take(TOKENS, HIDDEN);
        dx = arena.take(TOKENS, HIDDEN);
        dGamma = arena.take(HIDDEN);
        dBeta = arena.take(HIDDEN);
    }

    @Override
    void fill() {
        randomize(x);
        randomize(residual);
        randomize(gamma);
        forward();
    }

    /** {@code y = LayerNorm(residual + dropout(x))}. */
    @Benchmark
    public void forward() {
        kernels.residualLayerNorm(x, residual, dropout, gamma, beta, EPSILON, normalized, inverseDeviation, y);
    }

    /** From what the forward pass left. */
    @Benchmark
    public void backward() {
        kernels.residualLayerNormBackward(
                y, gamma, normalized, inverseDeviation, dropout, dResidual, dx, dGamma, dBeta);
    }
}
