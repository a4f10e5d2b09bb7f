package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A model that exists: its tokenizer is known before the weights are read.
 *
 * @param config of the model that is trained
 * @param stored the files of the weights, if these are still to be read
 */
record GivenModel(
        BertTokenizer tokenizer,
        BertConfig config,
        Weights weights,
        @Nullable StoredModel stored) implements AutoCloseable {
    /** Reads weights, or makes room for those of a checkpoint. */
    interface Weights {
        Bert open(Kernels kernels);
    }

    /**
     * The model, to be closed by the caller. The files are then closed.
     */
    Bert open(Kernels kernels) {
        try {
            return weights.open(kernels);
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        if (stored != null) {
            stored.close();
        }
    }
}
