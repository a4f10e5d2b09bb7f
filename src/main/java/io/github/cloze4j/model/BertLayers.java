package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.ParameterLayout;
import java.util.List;
import java.util.function.Predicate;

/**
 * The layers of a BERT and the layout of their parameters, before there is memory for either.
 *
 * @param heads in the order in which batches have targets for them
 */
record BertLayers(
        BertConfig config, ParameterLayout layout, BertEmbeddings embeddings, BertEncoder encoder, List<Head> heads) {

    /** Declares all parameters, in the order of the layers. */
    static BertLayers declare(BertConfig config, List<HeadKind> heads, Predicate<String> trained, Kernels kernels) {
        ParameterLayout layout = new ParameterLayout(trained);
        BertEmbeddings embeddings = new BertEmbeddings(layout, kernels, config);
        BertEncoder encoder = new BertEncoder(layout, kernels, config);
        List<Head> declared = heads.stream()
                .map(kind -> kind.declare(layout, kernels, config, embeddings.words()))
                .toList();
        return new BertLayers(config, layout, embeddings, encoder, declared);
    }
}
