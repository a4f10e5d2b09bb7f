package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Attention within documents of one length, with dropout. */
public class AttentionBenchmark extends KernelBenchmark {
    /** The kernels that compute. */
    @Param({"CPU", "ND4J"})
    public KernelChoice provider;

    /** Tokens of each document. */
    @Param({"32", "128", "512"})
    public int documentLength;

    /** Whether tokens see only the tokens before them. */
    @Param({"false", "true"})
    public boolean causal;

    private final Dropout dropout = new Dropout(DROPOUT, 0, 0, 0);
    private Documents documents;
    private INDArray qkv;
    private INDArray probabilities;
    private INDArray context;
    private INDArray dContext;
    private INDArray dQkv;

    @Override
    KernelChoice choice() {
        return provider;
    }

    @Override
    void take(Arena arena) {
        int[] offsets = IntStream.rangeClosed(0, TOKENS / documentLength)
                .map(document -> document * documentLength)
                .toArray();
        documents = causal ? Documents.causal(offsets) : Documents.bidirectional(offsets);
        qkv = arena.take(TOKENS, 3 * HIDDEN);
        probabilities = arena.take((long) HEADS * TOKENS * documentLength);
        context = arena.take(TOKENS, HIDDEN);
        dContext = arena.take(TOKENS, HIDDEN);
        dQkv = arena.take(TOKENS, 3 * HIDDEN);
    }

    @Override
    void fill() {
        randomize(qkv);
        randomize(dContext);
        forward();
    }

    /** Probabilities and context. */
    @Benchmark
    public void forward() {
        kernels.attention(qkv, documents, HEADS, dropout, probabilities, context);
    }

    /** From what the forward pass left. */
    @Benchmark
    public void backward() {
        kernels.attentionBackward(dContext, qkv, documents, HEADS, dropout, probabilities, dQkv);
    }
}
