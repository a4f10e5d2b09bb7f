package io.github.cloze4j.nn;

/** The value of a parameter before it is trained or read from a file, as its layer declares it. */
public enum Initial {
    /** 0: biases, and the shift of a LayerNorm. */
    ZEROS,
    /** 1: the scale of a LayerNorm. */
    ONES,
    /** Random numbers around 0, with the standard deviation of the model's configuration: weights. */
    RANDOM,
    /**
     * {@link #RANDOM}, but for row 0, the embedding of the padding: there 0, if the model's way to draw initial weights says so.
     */
    RANDOM_BUT_PADDING,
    /**
     * Random numbers, uniform between ±1/√columns: the first matrix of a low-rank update, as PEFT draws it (He et al., 2015, with
     * a slope of √5).
     */
    UNIFORM
}
