package io.github.cloze4j.model;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * BERT (Devlin et al., 2018) with its masked-language-model head; where asked for, also with the pooler and the head that
 * says whether the second text of a pair follows the first: then it is Hugging Face's {@code BertForPreTraining}.
 * Parameters have Hugging Face's names and shapes; what is tied is one parameter.
 *
 * <p>Thread-safe for inference: any number of threads may use a model through {@code FillMask} and its relatives, also while
 * one thread trains it; the kernels let one thread at a time compute. A second thread that trains or initializes the model
 * meanwhile gets an {@link IllegalStateException}. {@link #close} waits for calls of other threads; afterwards every call
 * and every array of the model is refused with an {@link IllegalStateException}.
 */
public final class BertForMaskedLm implements AutoCloseable {
    private final BertLayers layers;
    private final ParameterStore parameters;

    /**
     * A model whose parameters are all 0: {@link #initialize} it or load it.
     *
     * @param type that of the kernels
     */
    public BertForMaskedLm(BertConfig config, Kernels kernels, DataType type) {
        this(config, false, kernels, type);
    }

    /**
     * The same, with or without the pooler and the head for pairs; all other weights are initialized the same.
     *
     * @param withNextSentenceHead whether it has them
     */
    public BertForMaskedLm(BertConfig config, boolean withNextSentenceHead, Kernels kernels, DataType type) {
        layers = BertLayers.declare(config, withNextSentenceHead, kernels);
        if (type != kernels.type()) {
            throw new IllegalArgumentException(
                    "Expected " + kernels.type() + ", which the kernels compute in. Received: " + type
                            + ". Ask KernelProviders for kernels of that type");
        }
        parameters = new ParameterStore(layers.layout(), kernels);
    }

    /** A model with the heads that an objective trains. */
    public static BertForMaskedLm forObjective(BertConfig config, Objective objective, Kernels kernels, DataType type) {
        return new BertForMaskedLm(config, objective.hasPairs(), kernels, type);
    }

    /**
     * What such a model has, in the order of the layers: names and shapes, without memory. For checks of what a file holds
     * before a model is made.
     *
     * @param nextSentenceHead whether it has the head for pairs
     */
    public static List<Parameter> declaredParameters(BertConfig config, boolean nextSentenceHead, Kernels kernels) {
        return BertLayers.declare(config, nextSentenceHead, kernels).layout().parameters();
    }

    /** Shape and constants. */
    public BertConfig config() {
        return layers.config();
    }

    /** Values and gradients. */
    public ParameterStore parameters() {
        return parameters;
    }

    BertLayers layers() {
        return layers;
    }

    BertEmbeddings embeddings() {
        return layers.embeddings();
    }

    BertEncoder encoder() {
        return layers.encoder();
    }

    MlmHead head() {
        return layers.head();
    }

    /** Whether the model predicts, for a pair of texts, whether the second follows the first. */
    public boolean hasNextSentenceHead() {
        return layers.nextSentenceHead() != null;
    }

    /**
     * For training. A head that is never trained would only decay.
     *
     * @throws IllegalArgumentException if the objective has pairs and the model no head or no token types for them, or has a
     *     head that the objective does not train
     */
    public void requireObjective(Objective objective) {
        config().requireObjective(objective);
        if (hasNextSentenceHead() != objective.hasPairs()) {
            throw new IllegalArgumentException("Expected a model "
                    + (objective.hasPairs() ? "with" : "without")
                    + " a next-sentence head for the objective " + objective
                    + ". Received: the opposite. Choose the objective that suits the model");
        }
    }

    @Nullable
    NextSentenceHead nextSentenceHead() {
        return layers.nextSentenceHead();
    }

    /** Initial weights as Hugging Face draws them: {@link Initialization#NORMAL}. */
    public void initialize(long seed) {
        initialize(seed, Initialization.NORMAL);
    }

    /** Initial weights. Each number is a function of the seed, the parameter's place and the element's. */
    public void initialize(long seed, Initialization initialization) {
        draw(seed, initialization, "");
    }

    /** The same numbers for the head's own parameters only: what an encoder lacks that was pretrained without one. */
    public void initializeHead(long seed, Initialization initialization) {
        draw(seed, initialization, MlmHead.PREFIX);
    }

    /** The same numbers for the pooler and the head for pairs only: what a model lacks that was pretrained without pairs. */
    public void initializeNextSentenceHead(long seed, Initialization initialization) {
        draw(seed, initialization, NextSentenceHead.POOLER, NextSentenceHead.CLASSIFIER);
    }

    /** The same numbers for the two scores of the head for pairs only: what a model lacks that has a pooler without them. */
    public void initializeNextSentenceScores(long seed, Initialization initialization) {
        draw(seed, initialization, NextSentenceHead.CLASSIFIER);
    }

    private void draw(long seed, Initialization initialization, String... prefixes) {
        parameters.requireOpen();
        InitialWeights weights = new InitialWeights(parameters, config().initializerRange(), seed, initialization);
        parameters.training().run(() -> parameters.kernels().exclusively(() -> {
            List.of(prefixes).forEach(weights::draw);
            return this;
        }));
    }

    /**
     * Memory for batches of one shape, allocated once.
     *
     * @param rows rows of each batch
     * @param seqLen tokens of a row, at most {@code maxPositionEmbeddings}
     * @param maxMasked the most masked positions of any batch, at least 1
     */
    public MlmPass plan(int rows, int seqLen, int maxMasked) {
        return plan(rows, seqLen, maxMasked, false);
    }

    /**
     * The same with less memory and more time: of each layer but the last two only the output is kept, and backward computes
     * the rest again (Chen et al., 2016). All numbers are the same to the last bit.
     *
     * @param recompute whether to do so
     */
    public MlmPass plan(int rows, int seqLen, int maxMasked, boolean recompute) {
        parameters.requireOpen();
        config().requireSeqLen(seqLen);
        return new MlmPass(this, rows, seqLen, maxMasked, recompute, MlmPass.MOST_LOGITS);
    }

    /** The memory that the model and its passes take. */
    public BertMemory memory() {
        return BertMemory.of(config(), hasNextSentenceHead(), parameters.kernels());
    }

    /** Memory for forward passes over batches of any shape, without dropout and without gradients. */
    public InferencePass inferencePass() {
        return new InferencePass(this);
    }

    /** Frees the parameters, after the calls of other threads have ended. A second call does nothing. */
    @Override
    public void close() {
        parameters.close();
    }
}
