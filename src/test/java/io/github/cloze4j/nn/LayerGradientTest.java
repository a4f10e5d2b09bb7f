package io.github.cloze4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.GradientCheck;
import java.util.EnumSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Each layer's backward pass against central differences of {@code Σ y · direction}, in double, with dropout on. */
class LayerGradientTest {
    private static final int TOKENS = 7;
    private static final int HIDDEN = 6;
    private static final double TOLERANCE = 1e-6;
    /** Of all layers; that of the queries comes without dropout. */
    private static final LowRankSettings UPDATES =
            new LowRankSettings(2, 0.7, true, EnumSet.allOf(LowRankTarget.class));

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 0, 0, 0);
    private final Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
    private final Arena arena = Arena.allocate(DataType.DOUBLE, 1 << 14);
    private final ParameterLayout layout = new ParameterLayout();
    private final Dropout dropout = new Dropout(0.3, seed, 1, 1);
    private final Function<LowRankTarget, Dropout> updateDropouts =
            target -> new Dropout(0.1 * target.ordinal(), seed, 1, 10 + target.ordinal());

    LayerGradientTest() {
        System.err.println("LayerGradientTest seed " + seed);
    }

    @AfterEach
    void free() {
        arena.close();
    }

    private interface Forward {
        INDArray y();
    }

    private interface Backward {
        void run(INDArray dy, INDArray dx);
    }

    /** Checks the gradients of x and of every parameter. */
    private void check(INDArray x, Forward forward, Backward backward) {
        try (ParameterStore store = new ParameterStore(layout, kernels)) {
            for (Parameter parameter : store.parameters()) {
                fill(parameter.value());
            }
            INDArray direction = normal(forward.y().shape());
            INDArray dy = arena.take(direction.shape());
            INDArray dx = arena.take(x.shape());
            dy.assign(direction);
            backward.run(dy, dx);
            assertAgrees("x", x, dx, direction, forward);
            for (Parameter parameter : store.parameters()) {
                if (parameter.name().endsWith("key.bias")) {
                    // Moves all scores of a query alike, which softmax does not feel.
                    assertEquals(0, parameter.gradient().norm2Number().doubleValue(), 1e-12);
                } else {
                    assertAgrees(parameter.name(), parameter.value(), parameter.gradient(), direction, forward);
                }
            }
        }
    }

    private void assertAgrees(String name, INDArray value, INDArray gradient, INDArray direction, Forward forward) {
        double error = GradientCheck.relativeError(kernels, value, gradient, () -> forward.y()
                .mul(direction)
                .sumNumber()
                .doubleValue());
        assertTrue(error <= TOLERANCE, name + ": " + error);
        assertTrue(gradient.norm2Number().doubleValue() > 0, name + " has no gradient");
    }

    @Test
    void linear() {
        Linear linear = new Linear(layout, kernels, "linear", HIDDEN, 5);
        INDArray x = normal(TOKENS, HIDDEN);
        INDArray y = arena.take(TOKENS, 5);
        check(
                x,
                () -> {
                    linear.forward(x, y);
                    return y;
                },
                (dy, dx) -> linear.backward(x, dy, dx));
    }

    @Test
    void layerNormWithResidualAndDropout() {
        LayerNorm norm = new LayerNorm(layout, kernels, "norm", HIDDEN, 1e-12);
        LayerNorm.Activations a = norm.plan(arena, TOKENS);
        INDArray x = normal(TOKENS, HIDDEN);
        INDArray residual = normal(TOKENS, HIDDEN);
        INDArray dResidual = arena.take(TOKENS, HIDDEN);
        Forward forward = () -> {
            norm.forward(x, residual, dropout, a);
            return a.y();
        };
        check(x, forward, (dy, dx) -> norm.backward(dy, dropout, a, dResidual, dx));
        check(residual, forward, (dy, dx) -> norm.backward(dy, dropout, a, dx, dResidual));
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void feedForward(Activation activation) {
        feedForward(activation, LowRankSettings.NONE);
    }

    /** The update of the first layer goes in before the activation function. */
    @ParameterizedTest
    @EnumSource(Activation.class)
    void feedForwardWithLowRankUpdates(Activation activation) {
        feedForward(activation, UPDATES);
    }

    private void feedForward(Activation activation, LowRankSettings settings) {
        FeedForward feedForward = new FeedForward(layout, kernels, "layer", HIDDEN, 9, activation, settings);
        FeedForward.Activations a = feedForward.plan(arena, TOKENS);
        INDArray x = normal(TOKENS, HIDDEN);
        INDArray y = arena.take(TOKENS, HIDDEN);
        INDArray scratch = arena.take(TOKENS, 9);
        check(
                x,
                () -> {
                    feedForward.forward(x, updateDropouts, a, y);
                    return y;
                },
                (dy, dx) -> {
                    dx.assign(0);
                    feedForward.backward(x, dy, updateDropouts, a, scratch, dx);
                });
    }

    /** The second document is bidirectional, causal, or has a prefix of 2. */
    static Stream<Documents> documents() {
        int[] offsets = {0, 2, 7};
        return Stream.of(
                Documents.bidirectional(offsets), Documents.causal(offsets), new Documents(offsets, new int[] {1, 2}));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void selfAttentionWithDropout(Documents documents) {
        selfAttention(documents, LowRankSettings.NONE);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void selfAttentionWithLowRankUpdates(Documents documents) {
        selfAttention(documents, UPDATES);
    }

    private void selfAttention(Documents documents, LowRankSettings settings) {
        SelfAttention attention = new SelfAttention(layout, kernels, "layer", HIDDEN, 2, settings);
        EncoderLayer.Dropouts dropouts = new EncoderLayer.Dropouts(dropout, Dropout.NONE, Dropout.NONE, updateDropouts);
        SelfAttention.Activations a = attention.plan(arena, TOKENS, 5);
        INDArray x = normal(TOKENS, HIDDEN);
        INDArray dQkv = arena.take(TOKENS, 3 * HIDDEN);
        check(
                x,
                () -> {
                    attention.forward(x, documents, dropouts, a);
                    return a.context();
                },
                (dy, dx) -> {
                    dx.assign(0);
                    attention.backward(x, dy, documents, dropouts, a, dQkv, dx);
                });
    }

    @ParameterizedTest
    @MethodSource("documents")
    void encoderLayerWithItsThreeDropouts(Documents documents) {
        encoderLayerWithItsThreeDropouts(documents, LowRankSettings.NONE);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void encoderLayerWithItsThreeDropoutsWithLowRankUpdates(Documents documents) {
        encoderLayerWithItsThreeDropouts(documents, UPDATES);
    }

    private void encoderLayerWithItsThreeDropouts(Documents documents, LowRankSettings settings) {
        EncoderLayer layer = new EncoderLayer(layout, kernels, "layer", HIDDEN, 3, 8, Activation.GELU, 1e-12, settings);
        EncoderLayer.Activations a = layer.plan(arena, TOKENS, 5);
        EncoderLayer.Scratch scratch = EncoderLayer.Scratch.plan(arena, TOKENS, HIDDEN, 8);
        EncoderLayer.Dropouts dropouts = new EncoderLayer.Dropouts(
                new Dropout(0.2, seed, 1, 1),
                new Dropout(0.2, seed, 1, 2),
                new Dropout(0.2, seed, 1, 3),
                updateDropouts);
        INDArray x = normal(TOKENS, HIDDEN);
        check(
                x,
                () -> {
                    layer.forward(x, documents, dropouts, a, scratch.rows().hidden());
                    return a.y();
                },
                (dy, dx) -> {
                    layer.backward(x, dy, documents, dropouts, a, scratch, true);
                    dx.assign(dy);
                });
    }

    @ParameterizedTest
    @MethodSource("documents")
    void encoderLayerOfWhichSomeRowsAreSelected(Documents documents) {
        encoderLayerOfWhichSomeRowsAreSelected(documents, LowRankSettings.NONE);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void encoderLayerOfWhichSomeRowsAreSelectedWithLowRankUpdates(Documents documents) {
        encoderLayerOfWhichSomeRowsAreSelected(documents, UPDATES);
    }

    private void encoderLayerOfWhichSomeRowsAreSelected(Documents documents, LowRankSettings settings) {
        EncoderLayer layer = new EncoderLayer(layout, kernels, "layer", HIDDEN, 3, 8, Activation.GELU, 1e-12, settings);
        int[] selected = {6, 1, 3};
        EncoderLayer.SelectedActivations a =
                layer.planSelected(arena, TOKENS, 5, 5).rows(selected.length);
        EncoderLayer.Scratch scratch = EncoderLayer.Scratch.plan(arena, TOKENS, HIDDEN, 8);
        EncoderLayer.Dropouts dropouts = new EncoderLayer.Dropouts(
                new Dropout(0.2, seed, 1, 1),
                new Dropout(0.2, seed, 1, 2),
                new Dropout(0.2, seed, 1, 3),
                updateDropouts);
        INDArray x = normal(TOKENS, HIDDEN);
        check(
                x,
                () -> {
                    layer.forwardSelected(x, selected, documents, dropouts, a);
                    return a.y();
                },
                (dy, dx) -> layer.backwardSelected(x, dy, selected, documents, dropouts, a, scratch, dx, true));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void selectedRowsOfAnEncoderLayerAreThoseOfAllRows(Documents documents) {
        EncoderLayer layer =
                new EncoderLayer(layout, kernels, "layer", HIDDEN, 3, 8, Activation.GELU, 1e-12, LowRankSettings.NONE);
        EncoderLayer.Activations all = layer.plan(arena, TOKENS, 5);
        int[] selected = {6, 1, 3};
        EncoderLayer.SelectedActivations some = layer.planSelected(arena, all, selected.length);
        INDArray scratch = arena.take(TOKENS, HIDDEN);
        INDArray x = normal(TOKENS, HIDDEN);
        INDArray expected = arena.take(selected.length, HIDDEN);
        try (ParameterStore store = new ParameterStore(layout, kernels)) {
            fill(store.values().flat());
            layer.forward(x, documents, EncoderLayer.Dropouts.NONE, all, scratch);
            kernels.gatherRows(all.y(), selected, expected);
            layer.forwardSelected(x, selected, documents, EncoderLayer.Dropouts.NONE, some);
            assertArrayEquals(
                    expected.dup().ravel().toDoubleVector(),
                    some.y().dup().ravel().toDoubleVector(),
                    1e-13);
        }
    }

    private INDArray normal(long... shape) {
        return fill(arena.take(shape));
    }

    private INDArray fill(INDArray array) {
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array;
    }
}
