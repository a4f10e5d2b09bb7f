package io.github.cloze4j.kernel;

/** What matrix products compute in. Arrays, sums and the optimizer stay in the type of the arrays. */
public enum Precision {
    /** In the type of the arrays. */
    FULL("fp32"),
    /** Operands of products are rounded to 10 bits of mantissa, as NVIDIA's GPUs multiply fast; on such GPUs only. */
    TF32("tf32"),
    /**
     * Operands of the linear layers' products are rounded to bfloat16, on GPUs also those of attention's; sums are float: mixed
     * precision with float arrays.
     */
    BF16("bf16"),
    /** {@link #BF16} if the chosen provider runs it here, else {@link #FULL}. The choice of the provider comes first. */
    AUTO("auto");

    private final String option;

    Precision(String option) {
        this.option = option;
    }

    /** As {@code --precision} takes it. */
    public String option() {
        return option;
    }
}
