package io.github.cloze4j.model;

/** Distributions of initial weights, with the standard deviation {@code initializerRange}; biases are 0, LayerNorm 1 and 0. */
public enum Initialization {
    /** Normal, the embedding of word 0, the padding, 0: Hugging Face's. */
    NORMAL,
    /**
     * Normal, drawn again if farther than two standard deviations from 0, the padding too: Google's, by TensorFlow's
     * {@code truncated_normal_initializer}. The weights' own standard deviation is thus 0.88 of {@code initializerRange}.
     */
    TRUNCATED_NORMAL
}
