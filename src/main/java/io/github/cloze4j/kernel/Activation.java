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

    /** The activation that {@code hidden_act} names. */
    public static Activation of(String hiddenAct) {
        return switch (hiddenAct) {
            case "gelu" -> GELU;
            case "gelu_new", "gelu_pytorch_tanh" -> GELU_TANH;
            case "tanh" -> TANH;
            default ->
                throw new IllegalArgumentException(
                        "Expected hidden_act gelu, gelu_new, gelu_pytorch_tanh or tanh. Received: " + hiddenAct);
        };
    }
}
