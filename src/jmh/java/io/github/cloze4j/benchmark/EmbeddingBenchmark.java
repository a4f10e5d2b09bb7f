package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.Arena;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The sum of the three embeddings. */
public class EmbeddingBenchmark extends KernelBenchmark {
    private static final int POSITIONS = 512;
    private static final int TYPES = 2;

    /** What computes. */
    @Param({"CPU", "ND4J"})
    public KernelChoice provider;

    private final int[] ids = indices(TOKENS, VOCABULARY);
    private final int[] positionIds = indices(TOKENS, POSITIONS);
    private final int[] typeIds = indices(TOKENS, TYPES);
    private INDArray words;
    private INDArray positions;
    private INDArray types;
    private INDArray dWords;
    private INDArray dPositions;
    private INDArray dTypes;
    private INDArray y;

    @Override
    KernelChoice choice() {
        return provider;
    }

    @Override
    void take(Arena arena) {
        words = arena.take(VOCABULARY, HIDDEN);
        positions = arena.take(POSITIONS, HIDDEN);
        types = arena.take(TYPES, HIDDEN);
        dWords = arena.take(VOCABULARY, HIDDEN);
        dPositions = arena.take(POSITIONS, HIDDEN);
        dTypes = arena.take(TYPES, HIDDEN);
        y = arena.take(TOKENS, HIDDEN);
    }

    @Override
    void fill() {
        randomize(words);
        randomize(positions);
        randomize(types);
        forward();
    }

    /** Gathers and adds rows. */
    @Benchmark
    public void forward() {
        kernels.embeddingSum(ids, positionIds, typeIds, words, positions, types, y);
    }

    /** Scatters rows. */
    @Benchmark
    public void backward() {
        kernels.embeddingSumBackward(ids, positionIds, typeIds, y, dWords, dPositions, dTypes);
    }
}
