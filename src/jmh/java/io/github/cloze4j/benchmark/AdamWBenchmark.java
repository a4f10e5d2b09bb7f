package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import java.nio.ByteBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The optimizer and the norm that clipping needs, on as many numbers as a small BERT has. */
public class AdamWBenchmark extends KernelBenchmark {
    private static final int PARAMETERS = 10_000_000;

    /** What computes. */
    @Param({"CPU", "ND4J"})
    public KernelChoice provider;

    private final AdamWStep step = new AdamWStep(1e-4, 0.9, 0.999, 1e-8, 0.01, 1, true, Clipping.NONE);
    private final ByteBuffer drawn = draw(PARAMETERS);
    private INDArray value;
    private INDArray gradient;
    private INDArray firstMoment;
    private INDArray secondMoment;

    @Override
    KernelChoice choice() {
        return provider;
    }

    @Override
    void take(Arena arena) {
        value = arena.take(PARAMETERS);
        gradient = arena.take(PARAMETERS);
        firstMoment = arena.take(PARAMETERS);
        secondMoment = arena.take(PARAMETERS);
    }

    @Override
    void fill() {
        randomize(value);
    }

    /** A step leaves the gradient 0, with which moments would fade to numbers that processors are slow with. */
    @Setup(Level.Invocation)
    public void newGradient() {
        kernels.upload(drawn, gradient);
    }

    /** One step. */
    @Benchmark
    public void step() {
        kernels.adamW(value, gradient, firstMoment, secondMoment, step);
    }

    /** The squared norm of all gradients. */
    @Benchmark
    public double squaredNorm() {
        return kernels.squaredNorm(value).read();
    }
}
