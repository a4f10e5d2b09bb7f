package io.github.cloze4j.model;

import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Draws a model's initial weights, on all threads of the fork-join pool in use. Those of a parameter are successive draws of
 * one stream; since a stream can begin anywhere, it does not matter which thread draws which.
 */
final class InitialWeights {
    /** Tells the draws of initial weights from all other draws of a seed. */
    private static final long INITIALIZATION = 0x494e4954;

    /** Tells the draws of low-rank updates from those of other weights. */
    private static final long UPDATES = 0x4c4f5241;

    /** The largest distance from 0, in standard deviations: TensorFlow's. */
    private static final double TRUNCATION = 2;

    /** Draws that a thread makes at a time. */
    private static final int PART = 1 << 14;

    /** Draws that are kept at a time, so that large parameters take no more memory than small ones. */
    private static final int WAVE = PART << 6;

    private final ParameterStore store;
    private final double deviation;
    private final long seed;
    private final Initialization initialization;

    /** @param deviation the standard deviation of the numbers before any are truncated */
    InitialWeights(ParameterStore store, double deviation, long seed, Initialization initialization) {
        this.store = store;
        this.deviation = deviation;
        this.seed = seed;
        this.initialization = initialization;
    }

    /** Sets the parameters whose names pass the test. */
    void draw(Predicate<String> names) {
        store.requireOpen();
        List<Parameter> parameters = store.parameters();
        // Low-rank updates are counted apart, so that all else begins with the same numbers as without them.
        int place = 0;
        int updates = 0;
        for (Parameter parameter : parameters) {
            int own = LowRank.isParameter(parameter.name()) ? updates++ : place++;
            if (names.test(parameter.name())) {
                store.kernels().upload(numbers(parameter, own), parameter.value());
            }
        }
    }

    private ByteBuffer numbers(Parameter parameter, int place) {
        int bytes = Math.multiplyExact(
                Math.toIntExact(parameter.length()), store.type().width());
        ByteBuffer numbers = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        switch (parameter.initial()) {
            case ZEROS -> {}
            case ONES -> {
                while (numbers.hasRemaining()) {
                    put(1, numbers);
                }
            }
            case UNIFORM -> drawUniform(place, 1 / Math.sqrt((double) parameter.shape()[1]), numbers);
            case RANDOM -> draw(place, numbers);
            case RANDOM_BUT_PADDING -> {
                if (initialization == Initialization.NORMAL) {
                    // The draws begin with the row after the padding.
                    numbers.position(
                            Math.toIntExact(parameter.shape()[1]) * store.type().width());
                }
                draw(place, numbers);
            }
        }
        return numbers.rewind();
    }

    private void drawUniform(int place, double bound, ByteBuffer numbers) {
        RandomStream random = new RandomStream(seed, UPDATES, place, 0);
        while (numbers.hasRemaining()) {
            put((2 * random.nextDouble() - 1) * bound, numbers);
        }
    }

    private void draw(int place, ByteBuffer numbers) {
        long drawn = 0;
        while (numbers.hasRemaining()) {
            // If some draws are too far from 0, the next ones take their places.
            int wanted = Math.min(numbers.remaining() / store.type().width(), WAVE);
            long first = drawn;
            List<double[]> parts = IntStream.range(0, (wanted + PART - 1) / PART)
                    .parallel()
                    .mapToObj(
                            part -> gaussians(place, first + (long) part * PART, Math.min(PART, wanted - part * PART)))
                    .toList();
            for (double[] part : parts) {
                for (double number : part) {
                    put(number * deviation, numbers);
                }
            }
            drawn += wanted;
        }
    }

    /** Draws {@code [first, first + count)} of a parameter, without those that are too far from 0. */
    private double[] gaussians(int place, long first, int count) {
        RandomStream random = new RandomStream(seed, INITIALIZATION, place, 0).skipGaussians(first);
        double[] kept = new double[count];
        int length = 0;
        for (int i = 0; i < count; i++) {
            double drawn = random.nextGaussian();
            if (initialization == Initialization.NORMAL || Math.abs(drawn) <= TRUNCATION) {
                kept[length++] = drawn;
            }
        }
        return Arrays.copyOf(kept, length);
    }

    private void put(double number, ByteBuffer numbers) {
        if (store.type().width() == Float.BYTES) {
            numbers.putFloat((float) number);
        } else {
            numbers.putDouble(number);
        }
    }
}
