package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code embedding.cu}, emulated, against the {@code nd4j} kernels in double precision. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaEmbeddingTest {
    /** Sorted tokens that a block adds up. */
    private static final int CHUNK = 128;

    private KernelFixture with;

    @BeforeEach
    void open() {
        with = new KernelFixture(getClass());
    }

    @AfterEach
    void close() {
        with.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "7, 13, 5", "207, 24, 11", "300, 229, 30"})
    void sums(int tokens, int hidden, int words) {
        float[] table = with.normal(words * hidden);
        float[] positions = with.normal(40 * hidden);
        float[] types = with.normal(2 * hidden);
        int[] ids = with.indices(tokens, words);
        int[] positionIds = with.indices(tokens, 40);
        int[] typeIds = with.indices(tokens, 2);
        INDArray expected = with.empty(tokens, hidden);
        with.oracle.embeddingSum(
                ids,
                positionIds,
                typeIds,
                with.array(table, words, hidden),
                with.array(positions, 40, hidden),
                with.array(types, 2, hidden),
                expected);
        DeviceArray y = DeviceArray.poisonedFloats(tokens * hidden);
        with.device.run(
                "embeddingSum",
                new Launch(tokens, with.device.threads()),
                DeviceArray.of(ids),
                DeviceArray.of(positionIds),
                DeviceArray.of(typeIds),
                DeviceArray.of(table),
                DeviceArray.of(positions),
                DeviceArray.of(types),
                hidden,
                y);
        with.assertClose("y", expected, y);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "7, 13, 5",
        "128, 3, 1",
        "129, 3, 1",
        "207, 24, 11",
        "256, 5, 2",
        "500, 3, 2",
        "1000, 7, 1",
        "900, 229, 30"
    })
    void gradients(int tokens, int hidden, int words) {
        gradients(with.indices(tokens, words), hidden, words);
    }

    @ParameterizedTest
    @ValueSource(ints = {CHUNK / 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK})
    void runsThatEndWithAChunk(int run) {
        gradients(IntStream.range(0, 600).map(token -> token / run).toArray(), 5, 600 / run + 1);
    }

    private void gradients(int[] ids, int hidden, int words) {
        int tokens = ids.length;
        float[] dy = with.normal(tokens * hidden);
        float[] before = with.normal(words * hidden);
        int[] zeros = new int[tokens];
        INDArray expected = with.array(before, words, hidden);
        with.oracle.embeddingSumBackward(
                ids,
                zeros,
                zeros,
                with.array(dy, tokens, hidden),
                expected,
                with.empty(1, hidden),
                with.empty(1, hidden));

        DeviceArray first = gradient(dy, ids, before, hidden);
        with.assertClose("dWords", expected, first);
        assertArrayEquals(first.content(), gradient(dy, ids, before, hidden).content(), "two runs, bit for bit");
    }

    /** The host sorts the tokens by id, those of one id in the order of the batch. */
    private DeviceArray gradient(float[] dy, int[] ids, float[] before, int hidden) {
        int tokens = ids.length;
        int[] order = IntStream.range(0, tokens)
                .boxed()
                .sorted(Comparator.comparingInt(token -> ids[token]))
                .mapToInt(Integer::intValue)
                .toArray();
        DeviceArray sortedIds =
                DeviceArray.of(Arrays.stream(order).map(token -> ids[token]).toArray());
        int chunks = (tokens + CHUNK - 1) / CHUNK;
        int threads = with.device.threads();
        Launch launch = new Launch(chunks, (hidden + threads - 1) / threads, threads, 0);
        DeviceArray table = DeviceArray.of(before);
        DeviceArray partialSums = DeviceArray.poisonedFloats(chunks * 2 * hidden);
        with.device.run(
                "embeddingGradient",
                launch,
                DeviceArray.of(dy),
                DeviceArray.of(order),
                sortedIds,
                tokens,
                hidden,
                table,
                partialSums);
        with.device.run("embeddingGradientOfLongRuns", launch, partialSums, sortedIds, tokens, hidden, table);
        return table;
    }

    @Test
    void rowsByIndex() {
        int tokens = 30;
        int hidden = 77;
        float[] x = with.normal(tokens * hidden);
        int[] rows = {29, 0, 17};
        INDArray expected = with.empty(3, hidden);
        INDArray expectedBack = with.empty(tokens, hidden);
        with.oracle.gatherRows(with.array(x, tokens, hidden), rows, expected);
        with.oracle.gatherRowsBackward(expected, rows, expectedBack);

        // Two more that only fill up the shape.
        DeviceArray filledRows = DeviceArray.of(29, 0, 17, -1, -1);
        Launch launch = new Launch(5, with.device.threads());
        DeviceArray y = DeviceArray.poisonedFloats(5 * hidden);
        DeviceArray copy = DeviceArray.poisonedBf16(5 * hidden);
        with.device.run("gatherRows", launch, DeviceArray.of(x), filledRows, hidden, y, copy);
        KernelFixture.assertClose("y", Arrays.copyOf(with.values(expected), 5 * hidden), y.floats());
        KernelFixture.assertCopied(y, copy);

        DeviceArray dx = DeviceArray.of(new float[tokens * hidden]);
        with.device.run("scatterRows", launch, y, filledRows, hidden, dx);
        with.assertClose("dx", expectedBack, dx);
    }
}
