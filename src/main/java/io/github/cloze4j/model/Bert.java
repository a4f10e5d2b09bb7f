package io.github.cloze4j.model;

import io.github.cloze4j.kernel.CachedAttention;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * BERT (Devlin et al., 2018) with any heads: the embeddings, the encoder, and the heads that read the encoder's output.
 * Parameters have Hugging Face's names and shapes; tied ones are one parameter.
 *
 * <p>Thread-safe for inference: any number of threads may use a model through {@code FillMask} and its relatives, also while
 * one thread trains it; the kernels let one thread at a time compute. A second thread that trains or initializes the model
 * meanwhile gets an {@link IllegalStateException}. {@link #close} waits for calls of other threads; afterwards every call
 * and every array of the model is refused with an {@link IllegalStateException}.
 */
public final class Bert implements AutoCloseable {
    private final BertLayers layers;
    private final List<HeadKind> kinds;
    private final Predicate<String> trained;
    private final @Nullable LoraConfig lora;
    private final ParameterStore parameters;

    /**
     * A model that is trained as a whole. Its parameters are all 0: {@link #initialize} it or load it.
     *
     * @param heads kinds of the heads, in the order in which batches have targets for them; none for an encoder alone
     * @param kernels kernels that compute, in their number type
     * @throws io.github.cloze4j.BackendException if the kernels' memory has no room for the parameters
     */
    public Bert(BertConfig config, List<HeadKind> heads, Kernels kernels) {
        this(config, heads, name -> true, kernels);
    }

    /**
     * A model of which some parameters are frozen: training leaves them as they are, and takes no memory for their gradients.
     *
     * @param trained tells from a parameter's name whether it is trained
     */
    public Bert(BertConfig config, List<HeadKind> heads, Predicate<String> trained, Kernels kernels) {
        this(config, heads, trained, null, kernels);
    }

    /**
     * A model with low-rank updates.
     *
     * @param trained tells from a parameter's name whether it is trained, such as {@link LoraConfig#trains}
     * @param lora the updates; null for none
     */
    public Bert(
            BertConfig config,
            List<HeadKind> heads,
            Predicate<String> trained,
            @Nullable LoraConfig lora,
            Kernels kernels) {
        kinds = List.copyOf(heads);
        this.trained = trained;
        this.lora = lora;
        layers = BertLayers.declare(config, kinds, trained, lora, kernels);
        parameters = new ParameterStore(layers.layout(), kernels);
    }

    /**
     * The parameters of such a model, in the order of the layers: names and shapes, without memory. They serve to check a file
     * before a model is made.
     */
    public static List<Parameter> declaredParameters(BertConfig config, List<HeadKind> heads, Kernels kernels) {
        return BertLayers.declare(config, heads, name -> true, null, kernels)
                .layout()
                .parameters();
    }

    /** Shape and constants. */
    public BertConfig config() {
        return layers.config();
    }

    /** Values and gradients. */
    public ParameterStore parameters() {
        return parameters;
    }

    /** The heads, in the order in which batches have targets for them. */
    public List<Head> heads() {
        return layers.heads();
    }

    /**
     * A model with the same heads, the same frozen parameters, the same kind of low-rank updates and on the same kernels, whose parameters are all 0.
     *
     * @param config of the new model
     */
    public Bert ofSameKind(BertConfig config) {
        return new Bert(config, kinds, trained, lora, parameters.kernels());
    }

    /**
     * The number of layers between a parameter and the output: 0 for those of heads, the pooler among them, 1 for those of the
     * encoder's top layer, the number of layers plus 1 for the embeddings, also if a head is tied to them.
     *
     * @param parameter the name of the parameter
     */
    public int layersAbove(String parameter) {
        return LayerNames.isEmbedding(parameter)
                ? config().numHiddenLayers() + 1
                : LayerNames.layer(parameter)
                        .map(layer -> config().numHiddenLayers() - layer)
                        .orElse(0);
    }

    /** The names of the heads' losses, in the order of the heads. */
    public List<String> losses() {
        return heads().stream().map(Head::loss).toList();
    }

    /**
     * The head of a loss.
     *
     * @param loss such as {@code mlm}
     */
    public Optional<Head> head(String loss) {
        return heads().stream().filter(head -> head.loss().equals(loss)).findFirst();
    }

    /**
     * The head of a loss, which the model must have.
     *
     * @throws IllegalArgumentException if the model has no such head
     */
    public Head requireHead(String loss) {
        return head(loss)
                .orElseThrow(() -> new IllegalArgumentException("Expected a model with a head for the loss " + loss
                        + ". Received: one with "
                        + (heads().isEmpty() ? "no head" : losses().stream().collect(Collectors.joining(", ")))
                        + ". Make or read the model with that head"));
    }

    /** The low-rank updates; empty if the model has none. */
    public Optional<LoraConfig> lora() {
        return Optional.ofNullable(lora);
    }

    /**
     * A model without low-rank updates that computes the same: each update is added to the weight of its layer. All its parameters
     * are trained. The sums are computed in double precision and rounded once.
     *
     * @return a new model on the same kernels, to be closed by the caller
     * @throws IllegalArgumentException if the model has no low-rank updates
     * @throws io.github.cloze4j.BackendException if there is no memory for a second model
     */
    public Bert merged() {
        if (lora == null) {
            throw new IllegalArgumentException(
                    "Expected a model with low-rank updates. Received: one without." + " Use the model as it is");
        }
        return LowRankMerge.merge(this, lora, new Bert(config(), kinds, parameters.kernels()));
    }

    /** @throws IllegalArgumentException if the model has low-rank updates, which the caller would lose */
    public void requireNoUpdates() {
        if (lora != null) {
            throw new IllegalArgumentException("Expected a model without low-rank updates. Received: one with " + lora
                    + ". Write the updates as an adapter, or merge them into the model first");
        }
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

    /** Initial weights as Hugging Face draws them: {@link Initialization#NORMAL}. */
    public void initialize(long seed) {
        initialize(seed, Initialization.NORMAL);
    }

    /** Initial weights. Each number is a function of the seed, the parameter's place and the element's. */
    public void initialize(long seed, Initialization initialization) {
        initialize(seed, initialization, name -> true);
    }

    /**
     * Sets some of the parameters only, to the numbers that {@link #initialize(long, Initialization)} gives them: for a model
     * that has taken its other weights from a file.
     *
     * @param names tells from a parameter's name whether it is set
     */
    public void initialize(long seed, Initialization initialization, Predicate<String> names) {
        parameters.requireOpen();
        InitialWeights weights = new InitialWeights(parameters, config().initializerRange(), seed, initialization);
        parameters.training().run(() -> parameters.kernels().exclusively(() -> {
            weights.draw(names);
            return this;
        }));
    }

    /**
     * Sets the top layers of the encoder, and the pooler above them if there is one, to initial weights: what pretraining has put
     * there may hinder fine-tuning (Zhang et al., 2021). Each number is that which {@link #initialize(long)} gives it.
     *
     * @param count the number of layers, from 0, which sets nothing, to all
     * @param seed the seed of the random numbers
     */
    public void initializeTopLayers(int count, long seed) {
        int first = config().numHiddenLayers() - count;
        if (count < 0 || first < 0) {
            throw new IllegalArgumentException("Expected from 0 to " + config().numHiddenLayers()
                    + " top layers to set to initial weights. Received: " + count);
        }
        initialize(
                seed,
                Initialization.NORMAL,
                name -> count > 0
                        && (LayerNames.isPooler(name)
                                || LayerNames.layer(name)
                                        .filter(layer -> layer >= first)
                                        .isPresent()));
    }

    /**
     * Memory for training on batches of one shape, allocated once.
     *
     * @param rows rows of each batch
     * @param seqLen tokens of a row, at most {@code maxPositionEmbeddings}
     * @param maxTargets the most targets of any batch for each head, in the order of the heads
     */
    public TrainingPass trainingPass(int rows, int seqLen, int... maxTargets) {
        return trainingPass(new PassShape(rows, seqLen, maxTargets, false));
    }

    /** Memory for training on batches of a shape, which also says whether backward computes activations again. */
    public TrainingPass trainingPass(PassShape shape) {
        parameters.requireOpen();
        config().requireSeqLen(shape.seqLen());
        return new TrainingPass(this, shape, TrainingPass.MOST_SCORES);
    }

    /** The plan of the memory that the model and its passes take. */
    public BertMemory memory() {
        return BertMemory.of(config(), kinds, trained, lora, parameters.kernels());
    }

    /** Memory for forward passes over batches of any shape, without dropout and without gradients. */
    public InferencePass inferencePass() {
        return new InferencePass(this);
    }

    /**
     * Memory for texts that grow token by token, and for the scores of each text's next token.
     *
     * @param head a head of this model
     * @param cached whether the keys and values of earlier tokens are kept, so that only new tokens are computed. Kernels that
     *     cannot keep them compute all tokens anew
     * @throws IllegalArgumentException if the head belongs to another model
     */
    public Decoding decoding(Head head, boolean cached) {
        parameters.requireOpen();
        requireOwn(head);
        return (cached ? parameters.kernels().cachedAttention() : Optional.<CachedAttention>empty())
                .<Decoding>map(attention -> new CachedDecoding(this, head, attention))
                .orElseGet(() -> new RecomputedDecoding(this, head));
    }

    void requireOwn(Head head) {
        if (!heads().contains(head)) {
            throw new IllegalArgumentException("Expected a head of this model, which has heads for the losses "
                    + losses() + ". Received: a head of another model, for the loss " + head.loss()
                    + ". Use requireHead of the same model");
        }
    }

    /** Frees the parameters, after the calls of other threads have ended. A second call does nothing. */
    @Override
    public void close() {
        parameters.close();
    }
}
