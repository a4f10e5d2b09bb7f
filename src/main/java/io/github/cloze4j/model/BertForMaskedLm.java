package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * BERT (Devlin et al., 2018) with its masked-language-model head, decoder tied to the word embeddings. Parameters have
 * Hugging Face's names and shapes. Used from one thread at a time.
 */
public final class BertForMaskedLm implements AutoCloseable {
    /** Tells the draws of initial weights from all other draws of a seed. */
    private static final long INITIALIZATION = 0x494e4954;

    private final BertConfig config;
    private final BertEmbeddings embeddings;
    private final BertEncoder encoder;
    private final MlmHead head;
    private final ParameterStore parameters;

    /** A model whose parameters are all 0: {@link #initialize} it or load it. */
    public BertForMaskedLm(BertConfig config, Kernels kernels, DataType type) {
        this.config = config;
        ParameterLayout layout = new ParameterLayout();
        embeddings = new BertEmbeddings(layout, kernels, config);
        encoder = new BertEncoder(layout, kernels, config);
        head = new MlmHead(layout, kernels, config, embeddings.words());
        parameters = new ParameterStore(layout, kernels, type);
    }

    /** Shape and constants. */
    public BertConfig config() {
        return config;
    }

    /** Values and gradients. */
    public ParameterStore parameters() {
        return parameters;
    }

    BertEmbeddings embeddings() {
        return embeddings;
    }

    BertEncoder encoder() {
        return encoder;
    }

    MlmHead head() {
        return head;
    }

    /**
     * Initial weights as Hugging Face draws them: normal with {@code initializerRange}; biases 0; LayerNorm 1 and 0; the
     * embedding of word 0, the padding, 0. Each number is a function of the seed, the parameter's place and the
     * element's.
     */
    public void initialize(long seed) {
        for (int i = 0; i < parameters.parameters().size(); i++) {
            Parameter parameter = parameters.parameters().get(i);
            RandomStream random = new RandomStream(seed, INITIALIZATION, i, 0);
            DoubleSupplier draw = parameter.decayed()
                    ? () -> random.nextGaussian() * config.initializerRange()
                    : () -> parameter.name().endsWith("LayerNorm.weight") ? 1 : 0;
            int padding = parameter.name().equals(embeddings.words().name()) ? config.hiddenSize() : 0;
            upload(parameter, padding, draw);
        }
    }

    /** {@code zeros} zeros, then numbers as they are drawn. */
    private void upload(Parameter parameter, int zeros, DoubleSupplier draw) {
        int length = Math.toIntExact(parameter.length());
        int width = parameters.type().width();
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(length, width)).order(ByteOrder.nativeOrder());
        for (int i = 0; i < length; i++) {
            double value = i < zeros ? 0 : draw.getAsDouble();
            if (width == Float.BYTES) {
                bytes.putFloat((float) value);
            } else {
                bytes.putDouble(value);
            }
        }
        parameters.kernels().upload(bytes.flip(), parameter.value());
    }

    /**
     * Memory for batches of one shape, allocated once.
     *
     * @param rows rows of each batch
     * @param seqLen tokens of a row, at most {@code maxPositionEmbeddings}
     * @param maxMasked the most masked positions of any batch, at least 1
     */
    public MlmPass plan(int rows, int seqLen, int maxMasked) {
        config.requireSeqLen(seqLen);
        return new MlmPass(this, rows, seqLen, maxMasked);
    }

    /** Memory for forward passes over batches of any shape, without dropout and without gradients. */
    public InferencePass inferencePass() {
        return new InferencePass(this);
    }

    /** Frees the parameters. */
    @Override
    public void close() {
        parameters.close();
    }
}
