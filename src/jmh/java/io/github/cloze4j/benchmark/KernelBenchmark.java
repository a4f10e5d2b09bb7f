package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Kernels and arrays of normal random numbers; a subclass is a family of kernels. Shapes are BERT-base's. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsPrepend = {"-Dorg.nd4j.log.initialization=false", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"})
public abstract class KernelBenchmark {
    static final int TOKENS = 2048;
    static final int HIDDEN = 768;
    static final int HEADS = 12;
    static final int VOCABULARY = 30_522;
    static final double DROPOUT = 0.1;

    private static final DataType TYPE = DataType.FLOAT;

    final RandomStream random = new RandomStream(0, 0, 0, 0);

    Kernels kernels;
    private Arena arena;

    /** Of the parameter {@code provider}, which a subclass declares with what makes a difference to it. */
    abstract KernelChoice choice();

    /** Takes the arrays that are worked on; called twice, see {@link Arena#plan}. */
    abstract void take(Arena arena);

    /** Fills them, where zeros will not do. */
    abstract void fill();

    /** Before the first iteration. */
    @Setup
    public void open() {
        kernels = choice().create();
        arena = Arena.plan(TYPE, planned -> {
                    take(planned);
                    return this;
                })
                .arena();
        fill();
    }

    /** After the last iteration. */
    @TearDown
    public void close() {
        arena.close();
    }

    /** Draws all elements of an array. */
    void randomize(INDArray x) {
        kernels.upload(draw(Math.toIntExact(x.length())), x);
    }

    /** That many normal numbers, as {@link Kernels#upload} takes them. */
    ByteBuffer draw(int count) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            bytes.putFloat((float) random.nextGaussian());
        }
        return bytes.flip();
    }

    /** Indices that are drawn from {@code [0, bound)}. */
    int[] indices(int count, int bound) {
        int[] indices = new int[count];
        for (int i = 0; i < count; i++) {
            indices[i] = random.nextInt(bound);
        }
        return indices;
    }
}
