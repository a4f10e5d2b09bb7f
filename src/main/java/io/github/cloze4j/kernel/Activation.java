package io.github.cloze4j.kernel;

import java.util.Map;
import java.util.TreeMap;

/**
 * The activation functions that {@code hidden_act} can name: the two GELUs of BERT (Hendrycks and Gimpel, 2016), the tanh of
 * its pooler, and those of Hugging Face's {@code ACT2FN} that are one short formula. Where a function has a kink, the
 * derivative is PyTorch's.
 */
public enum Activation {
    /** {@code x · Φ(x)} with the exact error function: Hugging Face's {@code gelu}. */
    GELU("gelu"),
    /** The tanh approximation of Google's code: Hugging Face's {@code gelu_new}, {@code gelu_pytorch_tanh}. */
    GELU_TANH("gelu_new"),
    /** The hyperbolic tangent. */
    TANH("tanh"),
    /** {@code max(x, 0)}; the derivative at 0 is 0. */
    RELU("relu"),
    /** {@code min(max(x, 0), 6)}; the derivative at 0 and at 6 is 0. */
    RELU6("relu6"),
    /** {@code max(x, 0)²}. */
    RELU_SQUARED("relu2"),
    /** {@code x} above 0, {@code x / 100} else; the derivative at 0 is 1/100. */
    LEAKY_RELU("leaky_relu"),
    /** The logistic function {@code σ(x) = 1 / (1 + exp(−x))}. */
    SIGMOID("sigmoid"),
    /** {@code x · σ(x)}: Hugging Face's {@code silu} and {@code swish}. */
    SILU("silu"),
    /** {@code x · σ(1.702 x)}. */
    QUICK_GELU("quick_gelu"),
    /** {@code x · min(max(x + 3, 0), 6) / 6}. */
    HARDSWISH("hardswish"),
    /** {@code x · tanh(ln(1 + exp(x)))}. */
    MISH("mish"),
    /** The exact GELU, cut at 10; the derivative beyond it is 0. */
    GELU_10("gelu_10"),
    /** {@code Φ((x − μ) / σ)} with {@code μ = √(1/2)} and {@code σ = √(1/(4π))}, rounded to six places as in Hugging Face's code. */
    LAPLACE("laplace"),
    /** {@code x} itself. */
    LINEAR("linear");

    private static final Map<String, Activation> BY_NAME = byName();

    private final String configName;

    Activation(String configName) {
        this.configName = configName;
    }

    private static Map<String, Activation> byName() {
        Map<String, Activation> names = new TreeMap<>(Map.of(
                "gelu_python", GELU,
                "gelu_pytorch_tanh", GELU_TANH,
                "gelu_python_tanh", GELU_TANH,
                "gelu_accurate", GELU_TANH,
                "gelu_fast", GELU_TANH,
                "swish", SILU));
        for (Activation activation : values()) {
            names.put(activation.configName, activation);
        }
        return names;
    }

    /** The name in {@code config.json}. */
    public String configName() {
        return configName;
    }

    /**
     * The activation that {@code hidden_act} names. Hugging Face has several names for some functions, after who coded them.
     *
     * @throws IllegalArgumentException for any other function
     */
    public static Activation of(String hiddenAct) {
        Activation activation = BY_NAME.get(hiddenAct);
        if (activation == null) {
            throw new IllegalArgumentException("Expected hidden_act to be one of " + String.join(", ", BY_NAME.keySet())
                    + ". Received: " + hiddenAct + ". Use a model with one of these");
        }
        return activation;
    }
}
