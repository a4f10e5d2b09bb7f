package io.github.cloze4j.kernel;

/** What matrix products compute in. Arrays, sums and the optimizer stay in the type of the arrays. */
public enum Precision {
    /** In the type of the arrays. */
    FULL,
    /**
     * Operands of the linear layers' products are rounded to bfloat16, on GPUs also those of attention's; sums are float: mixed
     * precision with float arrays.
     */
    BF16,
    /** {@link #BF16} where the processor computes it faster, else {@link #FULL}. */
    AUTO
}
