package io.github.cloze4j.kernel;

/** The two GELUs of BERT (Hendrycks and Gimpel, 2016), and the tanh of its pooler. */
public enum Activation {
    /** {@code x · Φ(x)} with the exact error function: Hugging Face's {@code gelu}. */
    GELU("gelu"),
    /** The tanh approximation of Google's code: Hugging Face's {@code gelu_new}, {@code gelu_pytorch_tanh}. */
    GELU_TANH("gelu_new"),
    /** The hyperbolic tangent. */
    TANH("tanh");

    private final String configName;

    Activation(String configName) {
        this.configName = configName;
    }

    /** The name in {@code config.json}. */
    public String configName() {
        return configName;
    }

    /**
     * The activation that {@code hidden_act} names. Hugging Face has several names for either, after who coded it.
     *
     * @throws IllegalArgumentException for any other function
     */
    public static Activation of(String hiddenAct) {
        return switch (hiddenAct) {
            case "gelu", "gelu_python" -> GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_accurate", "gelu_fast" -> GELU_TANH;
            case "tanh" -> TANH;
            default ->
                throw new IllegalArgumentException("Expected hidden_act gelu, gelu_python (exact), gelu_new, gelu_fast,"
                        + " gelu_accurate, gelu_pytorch_tanh, gelu_python_tanh (approximated) or tanh. Received: "
                        + hiddenAct
                        + ". Use a model with one of these");
        };
    }
}
