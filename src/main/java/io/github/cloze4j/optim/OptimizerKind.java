package io.github.cloze4j.optim;

/** The variants of Adam with decoupled weight decay. Both keep the same moments. */
public enum OptimizerKind {
    /** Loshchilov and Hutter's (2019), with bias correction, as PyTorch's {@code AdamW}: Hugging Face's default. */
    ADAMW,
    /**
     * Google's {@code AdamWeightDecayOptimizer}, with which BERT was pretrained: no bias correction. Its first steps are
     * larger, with betas of 0.9 and 0.999 up to 6.6 times, at step 12; warm-up makes up for it.
     */
    BERT
}
