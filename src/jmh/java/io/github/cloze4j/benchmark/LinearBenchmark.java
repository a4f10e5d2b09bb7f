package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.Arena;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Linear layers. The row {@code gigaflop} is GFLOP/s of the product; bias and its gradient are computed with it, but not
 * counted. In bf16 the weight is converted once, as for a step of many micro-batches.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class LinearBenchmark extends KernelBenchmark {
    /** What computes. */
    @Param
    public KernelChoice provider;

    /** {@code [tokens, in]} times {@code [in, out]}. */
    @Param({"2048x768x3072", "2048x128x512"})
    public String shape;

    private INDArray x;
    private INDArray weight;
    private INDArray bias;
    private INDArray y;
    private INDArray dx;
    private INDArray dWeight;
    private INDArray dBias;

    /** Work done. */
    @State(Scope.Thread)
    @AuxCounters
    public static class Work {
        private double flop;

        /** For each iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            flop = 0;
        }

        /** Of products so far, in 1e9. */
        public double gigaflop() {
            return flop / 1e9;
        }

        private void add(int products, INDArray x, INDArray y) {
            flop += 2.0 * products * x.size(0) * x.size(1) * y.size(1);
        }
    }

    @Override
    KernelChoice choice() {
        return provider;
    }

    @Override
    void take(Arena arena) {
        String[] sizes = shape.split("x", -1);
        int tokens = Integer.parseInt(sizes[0]);
        int in = Integer.parseInt(sizes[1]);
        int out = Integer.parseInt(sizes[2]);
        x = arena.take(tokens, in);
        weight = arena.take(out, in);
        bias = arena.take(out);
        y = arena.take(tokens, out);
        dx = arena.take(tokens, in);
        dWeight = arena.take(out, in);
        dBias = arena.take(out);
    }

    @Override
    void fill() {
        randomize(x);
        randomize(weight);
        randomize(y);
    }

    /** {@code y = x · weightᵀ + bias}. */
    @Benchmark
    public void forward(Work work) {
        kernels.linear(x, weight, bias, y);
        work.add(1, x, y);
    }

    /** {@code dx = dy · weight; dWeight += dyᵀ · x; dBias += } column sums of dy. */
    @Benchmark
    public void backward(Work work) {
        kernels.linearBackward(x, y, weight, 0, dx, dWeight, dBias);
        work.add(2, x, y);
    }
}
