package io.github.cloze4j.data.masking;

import io.github.cloze4j.tokenizer.Vocabulary;

/**
 * A way to choose which tokens are masked, under a name that checkpoints keep. {@link Masking} has the built-in methods. A
 * method of one's own returns a {@link MaskingStrategy}; {@link Masker} checks what the strategy chooses.
 */
public interface MaskingMethod {
    /** The name of the method. A run may only be resumed with the method of the same name. */
    String name();

    /**
     * Returns the strategy for a vocabulary.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param vocabulary says which tokens are special and which continue a word
     */
    MaskingStrategy strategy(double probability, Vocabulary vocabulary);
}
