package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.nn.Initial;
import io.github.cloze4j.nn.LayerNorm;
import io.github.cloze4j.nn.Linear;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The head, on masked positions only: dense, GELU, LayerNorm, and a decoder, tied to the word embeddings or with a weight of
 * its own. Logits exist for a chunk of positions at a time, so that memory does not grow with batch times vocabulary.
 */
final class MlmHead {
    /** Of the names of its own parameters. */
    static final String PREFIX = "cls.predictions.";

    private final Kernels kernels;
    private final Linear dense;
    private final Activation activation;
    private final LayerNorm norm;
    private final Linear decoder;
    private final int hidden;
    private final int vocabulary;

    /** What backward needs, for at most {@code masked} positions, and the chunks that logits are computed in. */
    record Activations(
            int masked,
            INDArray derivative, // [masked, hidden] of the activation
            INDArray activated, // [masked, hidden]
            LayerNorm.Activations norm,
            INDArray logits, // [chunk, vocabulary]
            INDArray dHidden, // [masked, hidden]
            int chunk,
            List<Chunk> chunks) {

        Activations rows(int rows) {
            List<Chunk> parts = new ArrayList<>();
            for (int first = 0; first < rows; first += chunk) {
                int count = Math.min(chunk, rows - first);
                parts.add(new Chunk(
                        first,
                        first + count,
                        Arena.rows(norm.y(), first, count),
                        Arena.rows(logits, 0, count),
                        Arena.rows(dHidden, first, count)));
            }
            return new Activations(
                    rows,
                    Arena.rows(derivative, 0, rows),
                    Arena.rows(activated, 0, rows),
                    norm.rows(rows),
                    logits,
                    Arena.rows(dHidden, 0, rows),
                    chunk,
                    List.copyOf(parts));
        }
    }

    /** Positions {@code [first, end)}; all chunks share the memory of the logits. */
    record Chunk(
            int first,
            int end,
            INDArray y, // [end - first, hidden]
            INDArray logits, // [end - first, vocabulary]
            INDArray dHidden // [end - first, hidden]
            ) {}

    /** @param words the table of word embeddings, which a tied decoder decodes with */
    MlmHead(ParameterLayout layout, Kernels kernels, BertConfig config, Parameter words) {
        this.kernels = kernels;
        hidden = config.hiddenSize();
        vocabulary = config.vocabSize();
        activation = config.hiddenAct();
        dense = new Linear(layout, kernels, PREFIX + "transform.dense", hidden, hidden);
        norm = new LayerNorm(layout, kernels, PREFIX + "transform.LayerNorm", hidden, config.layerNormEps());
        Parameter decoding = config.tieWordEmbeddings()
                ? words
                : layout.weight(PREFIX + "decoder.weight", Initial.RANDOM, vocabulary, hidden);
        decoder = new Linear(kernels, decoding, layout.undecayed(PREFIX + "bias", Initial.ZEROS, vocabulary));
    }

    /** Positions whose logits exist at a time, one at least. */
    int chunk(int masked, int mostLogits) {
        return Math.max(1, Math.min(masked, mostLogits / vocabulary));
    }

    /** @param mostLogits that exist at a time; those of one position always do */
    Activations plan(Arena arena, int masked, int mostLogits) {
        int chunk = chunk(masked, mostLogits);
        return new Activations(
                masked,
                arena.take(masked, hidden),
                arena.take(masked, hidden),
                norm.plan(arena, masked),
                arena.take(chunk, vocabulary),
                arena.take(masked, hidden),
                chunk,
                List.of());
    }

    /** x {@code [masked, hidden]}, the encoder's output at masked positions; writes {@code a.norm.y}, what is decoded. */
    void forward(INDArray x, Activations a) {
        dense.forward(x, activation, a.derivative(), a.activated());
        norm.forward(a.activated(), null, Dropout.NONE, a.norm());
    }

    /** After {@link #forward}: scores {@code [masked, vocabulary]}, where one chunk holds them. */
    INDArray logits(Activations a) {
        if (a.masked() > a.chunk()) {
            throw new IllegalArgumentException("Expected at most " + a.chunk()
                    + " masked positions, whose scores memory is planned for. Received: " + a.masked()
                    + ". Ask for fewer at a time");
        }
        return logits(a.chunks().get(0));
    }

    /** After {@link #forward}: scores {@code [end - first, vocabulary]} of a chunk, until the next chunk's. */
    INDArray logits(Chunk chunk) {
        decoder.forward(chunk.y(), chunk.logits());
        return chunk.logits();
    }

    /** After {@link #forward}: the loss. */
    Pending<LossSum> loss(int[] labels, Activations a) {
        Pending<LossSum> loss = Pending.of(LossSum.ZERO);
        for (Chunk chunk : a.chunks()) {
            loss = loss.and(loss(labels, 0, chunk), LossSum::plus);
        }
        return loss;
    }

    /** The same; leaves in {@code a.dHidden} and in the decoder's parameters the gradient of {@code gradientScale · loss}. */
    Pending<LossSum> lossWithGradient(int[] labels, double gradientScale, Activations a) {
        Pending<LossSum> loss = Pending.of(LossSum.ZERO);
        for (Chunk chunk : a.chunks()) {
            loss = loss.and(loss(labels, gradientScale, chunk), LossSum::plus);
            decoder.backward(chunk.y(), chunk.logits(), chunk.dHidden());
        }
        return loss;
    }

    /** Decodes a chunk and turns its logits into their gradient. */
    private Pending<LossSum> loss(int[] labels, double gradientScale, Chunk chunk) {
        int[] own = Arrays.copyOfRange(labels, chunk.first(), chunk.end());
        BertConfig.requireIds("labels", own, vocabulary);
        logits(chunk);
        return kernels.crossEntropy(chunk.logits(), own, gradientScale);
    }

    /** After {@link #lossWithGradient}: writes dx {@code [masked, hidden]}. */
    void backward(INDArray x, Activations a, INDArray dx) {
        norm.backward(a.dHidden(), Dropout.NONE, a.norm(), null, a.dHidden());
        kernels.multiply(a.derivative(), a.dHidden());
        dense.backward(x, a.dHidden(), dx);
    }
}
