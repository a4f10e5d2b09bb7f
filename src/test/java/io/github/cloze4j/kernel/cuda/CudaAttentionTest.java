package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import io.github.cloze4j.kernel.Visibility;
import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code attention.cu}, emulated, against the {@code nd4j} kernels in double precision. The batched products around the
 * kernels are plain loops here; scores of what a token does not see, which kernels must not read, are not numbers.
 */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaAttentionTest {
    private KernelFixture with;

    @BeforeEach
    void open() {
        with = new KernelFixture(getClass());
    }

    @AfterEach
    void close() {
        with.close();
    }

    static Stream<Arguments> documents() {
        return Stream.of(
                Arguments.of(List.of(0, 1), 1),
                Arguments.of(List.of(0, 1, 3, 16), 16),
                Arguments.of(List.of(0, 13, 20, 41, 47, 48), 48),
                // The last window is cut off.
                Arguments.of(List.of(0, 7, 33, 40, 73, 80, 87), 40),
                Arguments.of(List.of(0, 31, 32, 64), 32),
                Arguments.of(List.of(0, 71), 71));
    }

    /** Shape of a batch, and where it keeps what. */
    private record Batch(Documents documents, int window, int heads, int size) {
        int tokens() {
            return documents.tokens();
        }

        int hidden() {
            return heads * size;
        }

        int document(int token) {
            int found = Arrays.binarySearch(documents.offsets(), token);
            return found >= 0 ? found : -found - 2;
        }

        int first(int token) {
            return documents.begin(document(token));
        }

        int end(int token) {
            return documents.end(document(token));
        }

        int visibleEnd(int token) {
            return documents.visibleEnd(document(token), token);
        }

        int[] firsts() {
            return IntStream.range(0, tokens()).map(this::first).toArray();
        }

        int[] ends() {
            return IntStream.range(0, tokens()).map(this::end).toArray();
        }

        int[] visibleEnds() {
            return IntStream.range(0, tokens()).map(this::visibleEnd).toArray();
        }

        /** Where a pair of tokens of a window stands in {@code [heads, tokens, window]}. */
        int at(int head, int query, int key) {
            return (head * tokens() + query) * window + key - (query - query % window);
        }

        /** The window's keys of a query. */
        IntStream keys(int query) {
            int start = query - query % window;
            return IntStream.range(start, Math.min(start + window, tokens()));
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void attentionWithinDocuments(List<Integer> documents, int window) {
        int[] offsets = documents.stream().mapToInt(Integer::intValue).toArray();
        for (double probability : new double[] {0, 0.3}) {
            Dropout dropout = new Dropout(probability, with.seed, 1, 1);
            for (Documents visible : Visibility.some(offsets, with.random)) {
                attention(new Batch(visible, window, 1, 7), dropout);
                attention(new Batch(visible, window, 3, 4), dropout);
            }
        }
    }

    private void attention(Batch batch, Dropout dropout) {
        int tokens = batch.tokens();
        int hidden = batch.hidden();
        float[] qkv = with.normal(tokens * 3 * hidden);
        float[] dContext = with.normal(tokens * hidden);
        INDArray oracleQkv = with.array(qkv, tokens, 3L * hidden);
        INDArray saved = with.empty((long) batch.heads() * tokens * batch.window());
        INDArray expected = with.empty(tokens, hidden);
        INDArray expectedGradient = with.empty(tokens, 3L * hidden);
        with.oracle.attention(oracleQkv, batch.documents(), batch.heads(), dropout, saved, expected);
        with.oracle.attentionBackward(
                with.array(dContext, tokens, hidden),
                oracleQkv,
                batch.documents(),
                batch.heads(),
                dropout,
                saved,
                expectedGradient);

        int tiles = batch.heads() * tokens * batch.window();
        DeviceArray firsts = DeviceArray.of(batch.firsts());
        DeviceArray ends = DeviceArray.of(batch.ends());
        DeviceArray visibleEnds = DeviceArray.of(batch.visibleEnds());
        DeviceArray mask = KernelFixture.mask(dropout);
        float scale = (float) (1 / Math.sqrt(batch.size()));

        DeviceArray probabilities = DeviceArray.of(products(batch, qkv, 3 * hidden, 0, qkv, hidden));
        DeviceArray dropped = DeviceArray.poisonedFloats(tiles);
        DeviceArray droppedCopy = DeviceArray.poisonedBf16(tiles);
        with.device.run(
                "attentionSoftmax",
                launch(),
                probabilities,
                firsts,
                ends,
                visibleEnds,
                batch.heads(),
                tokens,
                batch.window(),
                scale,
                mask,
                dropped,
                droppedCopy);
        KernelFixture.assertCopied(dropped, droppedCopy);
        assertDropped(batch, dropout, probabilities.floats(), dropped.floats());
        double[] context = new double[tokens * hidden];
        addRows(batch, dropped.floats(), false, qkv, 3 * hidden, 2 * hidden, context, hidden, 0);
        KernelFixture.assertClose("context", with.values(expected), floats(context));

        float[] dDropped = products(batch, dContext, hidden, 0, qkv, 2 * hidden);
        DeviceArray dScores = DeviceArray.of(dDropped.clone());
        DeviceArray again = DeviceArray.poisonedFloats(tiles);
        DeviceArray againCopy = DeviceArray.poisonedBf16(tiles);
        softmaxBackward(batch, mask, probabilities, dScores, null, again, againCopy);
        KernelFixture.assertCopied(again, againCopy);
        assertArrayEquals(dropped.floats(), again.floats());
        DeviceArray unchanged = DeviceArray.of(dDropped.clone());
        DeviceArray dScoresCopy = DeviceArray.poisonedBf16(tiles);
        softmaxBackward(batch, mask, probabilities, unchanged, dScoresCopy, null, null);
        KernelFixture.assertCopied(dScores, dScoresCopy);
        assertArrayEquals(dDropped, unchanged.floats());
        double[] dQkv = new double[tokens * 3 * hidden];
        addRows(batch, dScores.floats(), false, qkv, 3 * hidden, hidden, dQkv, 3 * hidden, 0);
        addRows(batch, dScores.floats(), true, qkv, 3 * hidden, 0, dQkv, 3 * hidden, hidden);
        addRows(batch, again.floats(), true, dContext, hidden, 0, dQkv, 3 * hidden, 2 * hidden);
        KernelFixture.assertClose("dQkv", with.values(expectedGradient), floats(dQkv));
    }

    private void softmaxBackward(
            Batch batch,
            @Nullable DeviceArray mask,
            DeviceArray probabilities,
            DeviceArray dScores,
            @Nullable DeviceArray dScoresCopy,
            @Nullable DeviceArray dropped,
            @Nullable DeviceArray droppedCopy) {
        with.device.run(
                "attentionSoftmaxBackward",
                launch(),
                probabilities,
                dScores,
                dScoresCopy,
                DeviceArray.of(batch.firsts()),
                DeviceArray.of(batch.ends()),
                DeviceArray.of(batch.visibleEnds()),
                batch.heads(),
                batch.tokens(),
                batch.window(),
                (float) (1 / Math.sqrt(batch.size())),
                mask,
                dropped,
                droppedCopy);
    }

    @Test
    void hugeScoresDoNotOverflow() {
        DeviceArray scores = DeviceArray.of(2000f, 0, 2000, -2000);
        with.device.run(
                "attentionSoftmax",
                launch(),
                scores,
                DeviceArray.of(0, 0),
                DeviceArray.of(2, 2),
                DeviceArray.of(2, 2),
                1,
                2,
                2,
                1f,
                null,
                null,
                null);
        assertArrayEquals(new float[] {1, 0, 1, 0}, scores.floats());
    }

    private Launch launch() {
        return new Launch(1 + with.random.nextInt(9), with.device.threads());
    }

    /** All of a tile is written: what a token does not see is 0, what the mask drops is 0, what it keeps is scaled. */
    private static void assertDropped(Batch batch, Dropout dropout, float[] probabilities, float[] dropped) {
        float scale = (float) (1 / (1 - dropout.probability()));
        float[] expected = new float[dropped.length];
        float[] inside = probabilities.clone();
        for (int head = 0; head < batch.heads(); head++) {
            for (int query = 0; query < batch.tokens(); query++) {
                int first = batch.first(query);
                int length = batch.end(query) - first;
                long index = DropoutMask.attentionIndex(head, batch.tokens(), first) + (long) (query - first) * length;
                int[] kept = KernelFixture.kept(dropout, index, length);
                for (int key = 0; key < batch.visibleEnd(query) - first; key++) {
                    int at = batch.at(head, query, first + key);
                    expected[at] = kept[key] == 0 ? 0 : scale * probabilities[at];
                    inside[at] = 0;
                }
            }
        }
        assertArrayEquals(expected, dropped);
        for (float outside : inside) {
            assertEquals(0, outside, 0f);
        }
    }

    /** Products of each head's rows of a with rows of b; not a number where a token does not see. */
    private static float[] products(Batch batch, float[] a, int aStride, int aStart, float[] b, int bStart) {
        float[] tiles = new float[batch.heads() * batch.tokens() * batch.window()];
        Arrays.fill(tiles, Float.NaN);
        int bStride = 3 * batch.hidden();
        for (int head = 0; head < batch.heads(); head++) {
            for (int query = 0; query < batch.tokens(); query++) {
                for (int key = batch.first(query); key < batch.visibleEnd(query); key++) {
                    double sum = 0;
                    for (int i = head * batch.size(); i < (head + 1) * batch.size(); i++) {
                        sum += (double) a[query * aStride + aStart + i] * b[key * bStride + bStart + i];
                    }
                    tiles[batch.at(head, query, key)] = (float) sum;
                }
            }
        }
        return tiles;
    }

    /** {@code y = tiles · x} on whole windows, as batched products do it, or with the tiles transposed. */
    private static void addRows(
            Batch batch,
            float[] tiles,
            boolean transposed,
            float[] x,
            int xStride,
            int xStart,
            double[] y,
            int yStride,
            int yStart) {
        for (int head = 0; head < batch.heads(); head++) {
            for (int query = 0; query < batch.tokens(); query++) {
                for (int key : batch.keys(query).toArray()) {
                    double weight = tiles[batch.at(head, query, key)];
                    int from = transposed ? query : key;
                    int to = transposed ? key : query;
                    for (int i = head * batch.size(); i < (head + 1) * batch.size(); i++) {
                        y[to * yStride + yStart + i] += weight * x[from * xStride + xStart + i];
                    }
                }
            }
        }
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
