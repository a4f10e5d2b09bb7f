package io.github.cloze4j.pretrained.onnx;

import io.github.cloze4j.kernel.Activation;

/**
 * The activation of a model. GELU is made of simpler operators because opset 17 has none; they are those that Hugging
 * Face's exports have, which runtimes recognise and fuse. {@code LeakyRelu}'s slope is 0.01 by default.
 */
final class OnnxActivation {
    private static final String HALF = "gelu.half";
    private static final String ONE = "gelu.one";
    private static final float CUBIC = 0.044715f;
    private static final float ROOT_OF_TWO = (float) Math.sqrt(2);
    private static final float ROOT_OF_TWO_BY_PI = (float) Math.sqrt(2 / Math.PI);

    private final OnnxGraph graph;
    private final Activation activation;
    /** Adds the constants. */
    OnnxActivation(OnnxGraph graph, Activation activation) {
        this.graph = graph;
        this.activation = activation;
        switch (activation) {
            case GELU -> {
                halfAndOne();
                graph.scalar("gelu.root_of_two", ROOT_OF_TWO);
            }
            case GELU_TANH -> {
                halfAndOne();
                graph.scalar("gelu.three", 3f);
                graph.scalar("gelu.cubic", CUBIC);
                graph.scalar("gelu.root_of_two_by_pi", ROOT_OF_TWO_BY_PI);
            }
            case RELU6 -> {
                graph.scalar("relu6.floor", 0f);
                graph.scalar("relu6.ceiling", 6f);
            }
            case QUICK_GELU -> graph.scalar("quick_gelu.factor", 1.702f);
            case GELU_10 -> {
                halfAndOne();
                graph.scalar("gelu.root_of_two", ROOT_OF_TWO);
                graph.scalar("gelu_10.floor", -10f);
                graph.scalar("gelu_10.ceiling", 10f);
            }
            case LAPLACE -> {
                halfAndOne();
                graph.scalar("laplace.mean", 0.707107f);
                graph.scalar("laplace.scale", 0.282095f * ROOT_OF_TWO);
            }
            case TANH, RELU, RELU_SQUARED, LEAKY_RELU, SIGMOID, SILU, HARDSWISH, MISH, LINEAR -> {
                // Needs none.
            }
        }
    }

    private void halfAndOne() {
        graph.scalar(HALF, 0.5f);
        graph.scalar(ONE, 1f);
    }

    /** The activation of x, of the same shape. */
    String of(String name, String x) {
        return switch (activation) {
            case GELU -> exact(name, x);
            case GELU_TANH -> approximate(name, x);
            case TANH -> graph.node("Tanh", name, x);
            case RELU -> graph.node("Relu", name, x);
            case RELU6 -> graph.node("Clip", name, x, "relu6.floor", "relu6.ceiling");
            case RELU_SQUARED -> {
                String above = graph.node("Relu", name + ".above", x);
                yield graph.node("Mul", name, above, above);
            }
            case LEAKY_RELU -> graph.node("LeakyRelu", name, x);
            case SIGMOID -> graph.node("Sigmoid", name, x);
            case SILU -> gated(name, x, x);
            case QUICK_GELU -> gated(name, x, graph.node("Mul", name + ".scaled", x, "quick_gelu.factor"));
            case HARDSWISH -> graph.node("HardSwish", name, x);
            case MISH -> {
                String softplus = graph.node("Softplus", name + ".softplus", x);
                yield graph.node("Mul", name, x, graph.node("Tanh", name + ".tanh", softplus));
            }
            case GELU_10 -> graph.node("Clip", name, exact(name + ".gelu", x), "gelu_10.floor", "gelu_10.ceiling");
            case LAPLACE -> {
                String shifted = graph.node("Sub", name + ".shifted", x, "laplace.mean");
                String scaled = graph.node("Div", name + ".scaled", shifted, "laplace.scale");
                String erf = graph.node("Erf", name + ".erf", scaled);
                yield graph.node("Mul", name, graph.node("Add", name + ".erf_plus_one", erf, ONE), HALF);
            }
            case LINEAR -> graph.node("Identity", name, x);
        };
    }

    /** {@code x · σ(z)}. */
    private String gated(String name, String x, String z) {
        return graph.node("Mul", name, x, graph.node("Sigmoid", name + ".gate", z));
    }

    /** {@code x · (1 + erf(x / √2)) / 2}. */
    private String exact(String name, String x) {
        String scaled = graph.node("Div", name + ".scaled", x, "gelu.root_of_two");
        String erf = graph.node("Erf", name + ".erf", scaled);
        String above = graph.node("Add", name + ".erf_plus_one", erf, ONE);
        String doubled = graph.node("Mul", name + ".doubled", x, above);
        return graph.node("Mul", name, doubled, HALF);
    }

    /** {@code x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))}. */
    private String approximate(String name, String x) {
        String cube = graph.node("Pow", name + ".cube", x, "gelu.three");
        String cubic = graph.node("Mul", name + ".cubic", cube, "gelu.cubic");
        String sum = graph.node("Add", name + ".sum", x, cubic);
        String scaled = graph.node("Mul", name + ".scaled", sum, "gelu.root_of_two_by_pi");
        String tanh = graph.node("Tanh", name + ".tanh", scaled);
        String above = graph.node("Add", name + ".tanh_plus_one", tanh, ONE);
        String halved = graph.node("Mul", name + ".halved", x, HALF);
        return graph.node("Mul", name, halved, above);
    }
}
