package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;

/** Makes the heads of one kind, for any model. */
@FunctionalInterface
public interface HeadKind {
    /**
     * Declares the parameters of a head, by names that no other part of the model has.
     *
     * @param words the table of word embeddings {@code [vocabulary, hidden]}, for heads that share it
     */
    Head declare(ParameterLayout layout, Kernels kernels, BertConfig config, Parameter words);
}
