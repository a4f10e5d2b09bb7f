package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Initial;
import io.github.cloze4j.nn.LayerNorm;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Word, position and type embeddings, summed; LayerNorm; dropout. */
final class BertEmbeddings {
    private final Kernels kernels;
    private final Parameter words; // [vocabulary, hidden]
    private final Parameter positions; // [maxPositionEmbeddings, hidden]
    private final Parameter types; // [typeVocabSize, hidden]
    private final LayerNorm norm;
    private final boolean trained;

    /** The arrays that backward needs, and the sum, which is scratch. */
    record Activations(
            INDArray sum, // [tokens, hidden]
            LayerNorm.Activations norm) {
        INDArray y() {
            return norm.y();
        }
    }

    /** @param layout without parameters */
    BertEmbeddings(ParameterLayout layout, Kernels kernels, BertConfig config) {
        this.kernels = kernels;
        int hidden = config.hiddenSize();
        words = layout.weight(
                "bert.embeddings.word_embeddings.weight", Initial.RANDOM_BUT_PADDING, config.vocabSize(), hidden);
        positions = layout.weight(
                "bert.embeddings.position_embeddings.weight", Initial.RANDOM, config.maxPositionEmbeddings(), hidden);
        types = layout.weight(
                "bert.embeddings.token_type_embeddings.weight", Initial.RANDOM, config.typeVocabSize(), hidden);
        norm = new LayerNorm(layout, kernels, "bert.embeddings.LayerNorm", hidden, config.layerNormEps());
        trained = layout.hasTrained();
    }

    /** The table that the decoder of the head is tied to. */
    Parameter words() {
        return words;
    }

    Activations plan(Arena arena, int tokens) {
        LayerNorm.Activations planned = norm.plan(arena, tokens);
        return new Activations(arena.take(tokens, words.shape()[1]), planned);
    }

    /** @throws IllegalArgumentException if a table has no row for an id */
    void forward(Batch batch, Dropout dropout, Activations a) {
        // Kernels do not look: they would read another parameter's numbers.
        requireRows("token ids", batch.tokenIds(), words);
        requireRows("positions", batch.positionIds(), positions);
        requireRows("token types", batch.tokenTypeIds(), types);
        kernels.embeddingSum(
                batch.tokenIds(),
                batch.positionIds(),
                batch.tokenTypeIds(),
                words.value(),
                positions.value(),
                types.value(),
                a.sum());
        norm.forward(a.sum(), null, Dropout.NONE, a.norm());
        kernels.dropout(dropout, a.y());
    }

    private static void requireRows(String what, int[] ids, Parameter table) {
        BertConfig.requireIds(what, ids, table.shape()[0]);
    }

    /** Takes dy {@code [tokens, hidden]}, which it overwrites; does nothing if all parameters are frozen. */
    void backward(Batch batch, INDArray dy, Dropout dropout, Activations a) {
        if (!trained) {
            return;
        }
        kernels.dropout(dropout, dy);
        norm.backward(dy, Dropout.NONE, a.norm(), null, dy);
        kernels.embeddingSumBackward(
                batch.tokenIds(),
                batch.positionIds(),
                batch.tokenTypeIds(),
                dy,
                words.gradient(),
                positions.gradient(),
                types.gradient());
    }
}
