package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.MaskedLmHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model directory as it was when it was opened: tokenizer, configuration and weights are those of one model, also if another
 * program replaces the model meanwhile. {@link ModelDirectory#write} and whatever else renames new files into place cannot
 * change what an open {@code StoredModel} reads.
 *
 * <pre>{@code
 * try (StoredModel stored = StoredModel.open(Path.of("my-bert"));
 *         Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
 *         Bert model = stored.readModel(stored.config(), kernels);
 *         FillMask fillMask = new FillMask(model, stored.tokenizer())) {
 *     System.out.println(fillMask.fill("the capital of france is [MASK] .", 5));
 * }
 * }</pre>
 */
public final class StoredModel implements AutoCloseable {
    private final WeightFiles weights;
    private final BertConfig config;
    private final boolean nextSentenceHead;
    private final @Nullable BertTokenizer tokenizer;

    private StoredModel(Path directory, Path current, boolean withTokenizer) {
        // The tokenizer first: whoever names a wrong directory reads of its vocabulary.
        tokenizer = withTokenizer ? ModelDirectory.tokenizer(directory, current) : null;
        Path configPath = ModelDirectory.existing(directory, current, ModelDirectory.CONFIG);
        config = ConfigJson.read(configPath);
        nextSentenceHead = ConfigJson.hasNextSentenceHead(configPath);
        weights = WeightFiles.open(current);
    }

    /**
     * Opens a directory and reads all but the numbers.
     *
     * @throws CheckpointFormatException if files are missing or damaged, or change all the time
     * @throws CorpusException if the tokenizer's files are damaged, contradict each other or are of another tokenizer
     */
    public static StoredModel open(Path directory) {
        return OneState.read(directory, current -> new StoredModel(directory, current, true));
    }

    /** The same for a directory that need not have a tokenizer. */
    static StoredModel openWeights(Path directory) {
        return OneState.read(directory, current -> new StoredModel(directory, current, false));
    }

    /** Shape and constants of the model. */
    public BertConfig config() {
        return config;
    }

    /** The tokenizer. */
    public BertTokenizer tokenizer() {
        if (tokenizer == null) {
            throw new IllegalStateException("Expected a model that was opened with its tokenizer");
        }
        return tokenizer;
    }

    /** Whether there is a masked-language-model head, without which {@link #readModel} reads nothing. */
    public boolean hasHead() {
        return ModelWeights.names(weights).hasHead();
    }

    /** Whether there is a next-sentence head, whatever {@code config.json} says. */
    public boolean hasNextSentenceHead() {
        return ModelWeights.names(weights).hasNextSentenceHead();
    }

    /** Whether there is a pooler, as a {@code BertModel} has it without any head. */
    public boolean hasPooler() {
        return ModelWeights.names(weights).hasPooler();
    }

    /**
     * The model, with the masked-language-model head, and with the next-sentence head if {@code config.json} names it; close
     * it to free its memory.
     *
     * @param wanted {@link #config}, or the same shape with other constants, such as another dropout
     * @throws CheckpointFormatException if the files are damaged, of another shape, not finite, or the model {@linkplain
     *     #hasHead has no head}
     */
    public Bert readModel(BertConfig wanted, Kernels kernels) {
        return ModelWeights.read(weights, wanted, stated(), false, kernels);
    }

    private List<HeadKind> stated() {
        return nextSentenceHead
                ? List.of(MaskedLmHead.KIND, ClassifierHead.ofPairs("nsp"))
                : List.of(MaskedLmHead.KIND);
    }

    /**
     * The same with certain heads, which must be stored.
     *
     * @param heads of the model
     */
    public Bert readScored(BertConfig wanted, List<HeadKind> heads, Kernels kernels) {
        return ModelWeights.read(weights, wanted, heads, false, kernels);
    }

    /**
     * A model to be trained further, as {@link ModelDirectory#readForTraining} reads it.
     *
     * @param wanted {@link #config}, or the same shape with other constants, such as another dropout
     * @param heads that the model gets
     * @throws CheckpointFormatException if the files are damaged, of another shape, or not finite
     */
    public Bert readForTraining(BertConfig wanted, List<HeadKind> heads, Kernels kernels) {
        return ModelWeights.read(weights, wanted, heads, true, kernels);
    }

    /**
     * The model without any head, as {@link ModelDirectory#readEncoder} reads it.
     *
     * @param wanted {@link #config}, or the same shape with other constants, such as another dropout
     * @throws CheckpointFormatException if the files are damaged, of another shape, or not finite
     */
    public Bert readEncoder(BertConfig wanted, Kernels kernels) {
        return ModelWeights.read(weights, wanted, List.of(), false, kernels);
    }

    /** Closes the files; models that were read do not need them. */
    @Override
    public void close() {
        weights.close();
    }
}
