package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Dropout;

/** The dropout masks of one micro-batch, one for each site of the model. */
@FunctionalInterface
interface DropoutSites {
    /** Evaluation: none anywhere. */
    DropoutSites NONE = (site, probability) -> Dropout.NONE;

    /** Training: a mask for each place. */
    static DropoutSites of(long seed, long microBatch) {
        return (site, probability) -> new Dropout(probability, seed, microBatch, site);
    }

    Dropout at(int site, double probability);
}
