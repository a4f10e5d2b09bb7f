package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.ParameterLayout;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a BERT and the layout of their parameters, before there is memory for either.
 *
 * @param nextSentenceHead null for a model without one
 */
record BertLayers(
        BertConfig config,
        ParameterLayout layout,
        BertEmbeddings embeddings,
        BertEncoder encoder,
        MlmHead head,
        @Nullable NextSentenceHead nextSentenceHead) {

    /** Declares all parameters, in the order of the layers. */
    static BertLayers declare(BertConfig config, boolean withNextSentenceHead, Kernels kernels) {
        ParameterLayout layout = new ParameterLayout();
        BertEmbeddings embeddings = new BertEmbeddings(layout, kernels, config);
        BertEncoder encoder = new BertEncoder(layout, kernels, config);
        MlmHead head = new MlmHead(layout, kernels, config, embeddings.words());
        NextSentenceHead nextSentenceHead = withNextSentenceHead ? new NextSentenceHead(layout, kernels, config) : null;
        return new BertLayers(config, layout, embeddings, encoder, head, nextSentenceHead);
    }
}
