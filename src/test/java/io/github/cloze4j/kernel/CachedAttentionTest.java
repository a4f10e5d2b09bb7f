package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Attention to a cache against its definition, written down plainly on {@code double[]}. */
class CachedAttentionTest {
    private static final int SLOTS = 4;
    private static final int POSITIONS = 140;

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 0, 0, 0);

    CachedAttentionTest() {
        System.err.println("CachedAttentionTest seed " + seed);
    }

    /** The rows {@code [3 * hidden]} of a text so far. */
    private static final class Text extends ArrayList<double[]> {
        Text() {}

        Text(Text other) {
            super(other);
        }
    }

    private double[] row(int hidden) {
        double[] row = new double[3 * hidden];
        Arrays.setAll(row, i -> (float) random.nextGaussian());
        return row;
    }

    /** Documents of one token, of fewer and of more than a block of scores, of exactly one and of two with the new tokens. */
    @ParameterizedTest
    @CsvSource({
        "nd4j, DOUBLE, 3, 5, 1e-12",
        "nd4j, FLOAT, 2, 8, 1e-5",
        "cpu, FLOAT, 3, 5, 1e-5",
        "cpu, FLOAT, 2, 64, 1e-5",
        "cpu, FLOAT, 1, 1, 1e-5"
    })
    void attentionIsThatOfTheWholeText(String provider, DataType type, int heads, int size, double tolerance) {
        int hidden = heads * size;
        try (Kernels kernels = KernelProviders.create(provider, type, Precision.FULL, 2);
                Arena arena = Arena.allocate(type, 1 << 20)) {
            CachedAttention attention = kernels.cachedAttention().orElseThrow();
            INDArray cache = noNumbers(kernels, arena.take(SLOTS, 2, heads, POSITIONS, size));
            int[] lengths = {1, 62, 126};
            int[] slots = {3, 0, 2};
            List<Text> texts = new ArrayList<>();
            List<double[]> rows = new ArrayList<>();
            for (int length : lengths) {
                Text text = new Text();
                for (int i = 0; i < length; i++) {
                    text.add(row(hidden));
                }
                rows.addAll(text);
                texts.add(text);
            }
            attention.keep(array(kernels, arena, rows), Documents.causal(0, 1, 63, 189), slots, cache);
            step(kernels, arena, texts, slots, cache, hidden, heads, tolerance);
            step(kernels, arena, texts, slots, cache, hidden, heads, tolerance);
            step(kernels, arena, texts, slots, cache, hidden, heads, tolerance);

            // Two texts of the second one, one of them in a smaller cache, into which the last one does not fit.
            INDArray other = noNumbers(kernels, arena.take(2, 2, heads, 70, size));
            attention.copy(cache, 0, other, 1, 0, 65);
            attention.copy(cache, 3, other, 0, 0, 4);
            attention.copy(cache, 0, cache, 3, 4, 65);
            attention.copy(cache, 0, cache, 3, 0, 4);
            List<Text> copies = new ArrayList<>(List.of(new Text(texts.get(1)), new Text(texts.get(1)), texts.get(2)));
            step(kernels, arena, copies, new int[] {0, 3, 2}, cache, hidden, heads, tolerance);
            List<Text> others = new ArrayList<>(List.of(new Text(texts.get(1)), new Text(texts.get(0))));
            step(kernels, arena, others, new int[] {1, 0}, other, hidden, heads, tolerance);
        }
    }

    /** Appends a row to each text, and compares the attention of these rows. */
    private void step(
            Kernels kernels,
            Arena arena,
            List<Text> texts,
            int[] slots,
            INDArray cache,
            int hidden,
            int heads,
            double tolerance) {
        int[] lengths = texts.stream().mapToInt(List::size).toArray();
        List<double[]> rows = new ArrayList<>();
        for (Text text : texts) {
            text.add(row(hidden));
            rows.add(text.get(text.size() - 1));
        }
        INDArray context = noNumbers(kernels, arena.take(texts.size(), hidden));
        kernels.cachedAttention().orElseThrow().attend(array(kernels, arena, rows), slots, lengths, cache, context);
        double[] received = read(kernels, context);
        for (int text = 0; text < slots.length; text++) {
            double[] expected = attention(texts.get(text), hidden, heads);
            for (int i = 0; i < hidden; i++) {
                assertEquals(expected[i], received[text * hidden + i], tolerance, "text " + text + ", column " + i);
            }
        }
    }

    /** The context of the last row of a text. */
    private static double[] attention(Text text, int hidden, int heads) {
        int size = hidden / heads;
        double[] query = text.get(text.size() - 1);
        double[] context = new double[hidden];
        for (int head = 0; head < heads; head++) {
            int at = head * size;
            double[] weights = new double[text.size()];
            double sum = 0;
            for (int t = 0; t < weights.length; t++) {
                double score = 0;
                for (int i = 0; i < size; i++) {
                    score += query[at + i] * text.get(t)[hidden + at + i];
                }
                weights[t] = Math.exp(score / Math.sqrt(size));
                sum += weights[t];
            }
            for (int t = 0; t < weights.length; t++) {
                for (int i = 0; i < size; i++) {
                    context[at + i] += weights[t] / sum * text.get(t)[2 * hidden + at + i];
                }
            }
        }
        return context;
    }

    @Test
    void aClosedCacheIsRefused() {
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT)) {
            CachedAttention attention = kernels.cachedAttention().orElseThrow();
            try (Arena arena = Arena.allocate(DataType.FLOAT, 1 << 10)) {
                Arena closed = Arena.allocate(DataType.FLOAT, 1 << 10);
                INDArray cache = closed.take(1, 2, 1, 4, 2);
                closed.close();
                INDArray qkv = arena.take(1, 6);
                INDArray context = arena.take(1, 2);
                int[] slot = {0};
                assertThrows(IllegalStateException.class, () -> attention.attend(qkv, slot, slot, cache, context));
                assertThrows(
                        IllegalStateException.class, () -> attention.keep(qkv, Documents.causal(0, 1), slot, cache));
                assertThrows(IllegalStateException.class, () -> attention.copy(cache, 0, cache, 0, 0, 1));
            }
        }
    }

    private static INDArray array(Kernels kernels, Arena arena, List<double[]> rows) {
        INDArray array = arena.take(rows.size(), rows.get(0).length);
        return write(
                kernels, array, rows.stream().flatMapToDouble(Arrays::stream).toArray());
    }

    /** What an operation does not write stays no number, and what it reads beside its arrays shows. */
    private static INDArray noNumbers(Kernels kernels, INDArray array) {
        double[] values = new double[(int) array.length()];
        Arrays.fill(values, Double.NaN);
        return write(kernels, array, values);
    }

    private static INDArray write(Kernels kernels, INDArray array, double[] values) {
        ByteBuffer bytes = bytesOf(array);
        for (double value : values) {
            if (array.dataType() == DataType.DOUBLE) {
                bytes.putDouble(value);
            } else {
                bytes.putFloat((float) value);
            }
        }
        kernels.upload(bytes.flip(), array);
        return array;
    }

    private static double[] read(Kernels kernels, INDArray array) {
        ByteBuffer bytes = bytesOf(array);
        kernels.download(array, bytes);
        double[] values = new double[(int) array.length()];
        Arrays.setAll(values, i -> array.dataType() == DataType.DOUBLE ? bytes.getDouble() : bytes.getFloat());
        return values;
    }

    private static ByteBuffer bytesOf(INDArray array) {
        return ByteBuffer.allocate((int) array.length() * array.dataType().width())
                .order(ByteOrder.nativeOrder());
    }
}
