package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.ParameterLayout;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a BERT and the layout of their parameters, before there is memory for either.
 *
 * @param heads heads in the order in which batches have targets for them
 */
record BertLayers(
        BertConfig config, ParameterLayout layout, BertEmbeddings embeddings, BertEncoder encoder, List<Head> heads) {

    /**
     * Declares all parameters, in the order of the layers.
     *
     * @param lora the low-rank updates of the encoder; null for none
     * @throws IllegalArgumentException if two heads have the same name of a loss, or of a parameter
     */
    static BertLayers declare(
            BertConfig config,
            List<HeadKind> heads,
            Predicate<String> trained,
            @Nullable LoraConfig lora,
            Kernels kernels) {
        ParameterLayout layout = new ParameterLayout(trained);
        BertEmbeddings embeddings = new BertEmbeddings(layout, kernels, config);
        BertEncoder encoder = new BertEncoder(layout, kernels, config, lora);
        List<Head> declared = heads.stream()
                .map(kind -> kind.declare(layout, kernels, config, embeddings.words()))
                .toList();
        requireDifferent(declared.stream().map(Head::loss).toList());
        return new BertLayers(config, layout, embeddings, encoder, declared);
    }

    /** Scores go by the name of the loss: one of two would be lost. */
    private static void requireDifferent(List<String> losses) {
        if (Set.copyOf(losses).size() < losses.size()) {
            throw new IllegalArgumentException("Expected heads with losses of different names. Received: " + losses
                    + ". Give the loss of each head a name of its own");
        }
    }
}
