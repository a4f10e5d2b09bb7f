package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.LossSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Softmax, loss and gradient over BERT's vocabulary, for the masked positions of a batch. */
public class CrossEntropyBenchmark extends KernelBenchmark {
    private static final int MASKED = TOKENS * 15 / 100;

    /** What computes. */
    @Param({"CPU", "ND4J"})
    public KernelChoice provider;

    private INDArray logits;
    private final int[] labels = indices(MASKED, VOCABULARY);

    @Override
    KernelChoice choice() {
        return provider;
    }

    @Override
    void take(Arena arena) {
        logits = arena.take(MASKED, VOCABULARY);
    }

    @Override
    void fill() {
        randomize(logits);
    }

    /** In place: each call finds the last one's gradient, which is as good as other logits. */
    @Benchmark
    public LossSum lossAndGradient() {
        return kernels.crossEntropy(logits, labels, 1).read();
    }
}
