package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.nn.LayerNorm;
import io.github.cloze4j.nn.Linear;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The head, on masked positions only: dense, GELU, LayerNorm, and a decoder tied to the word embeddings. */
final class MlmHead {
    private final Kernels kernels;
    private final Linear dense;
    private final Activation activation;
    private final LayerNorm norm;
    private final Linear decoder;
    private final int hidden;
    private final int vocabulary;

    /** What backward needs, for at most {@code masked} positions. */
    record Activations(
            int masked,
            INDArray gathered, // [masked, hidden]
            INDArray derivative, // [masked, hidden] of the activation
            INDArray activated, // [masked, hidden]
            LayerNorm.Activations norm,
            INDArray logits, // [masked, vocabulary]
            INDArray dHidden // [masked, hidden]
            ) {
        Activations rows(int rows) {
            return new Activations(
                    rows,
                    Arena.rows(gathered, rows),
                    Arena.rows(derivative, rows),
                    Arena.rows(activated, rows),
                    norm.rows(rows),
                    Arena.rows(logits, rows),
                    Arena.rows(dHidden, rows));
        }
    }

    MlmHead(ParameterLayout layout, Kernels kernels, BertConfig config, Parameter words) {
        this.kernels = kernels;
        hidden = config.hiddenSize();
        vocabulary = config.vocabSize();
        activation = config.hiddenAct();
        dense = new Linear(layout, kernels, "cls.predictions.transform.dense", hidden, hidden);
        norm = new LayerNorm(layout, kernels, "cls.predictions.transform.LayerNorm", hidden, config.layerNormEps());
        decoder = new Linear(kernels, words, layout.undecayed("cls.predictions.bias", vocabulary));
    }

    Activations plan(Arena arena, int masked) {
        return new Activations(
                masked,
                arena.take(masked, hidden),
                arena.take(masked, hidden),
                arena.take(masked, hidden),
                norm.plan(arena, masked),
                arena.take(masked, vocabulary),
                arena.take(masked, hidden));
    }

    /** x {@code [tokens, hidden]}; writes {@code a.logits} for the given positions. */
    void forward(INDArray x, int[] maskedPositions, Activations a) {
        kernels.gatherRows(x, maskedPositions, a.gathered());
        dense.forward(a.gathered(), activation, a.derivative(), a.activated());
        norm.forward(a.activated(), null, Dropout.NONE, a.norm());
        decoder.forward(a.norm().y(), a.logits());
    }

    /** Turns {@code a.logits} into their gradient, scaled, and returns the loss. */
    LossSum loss(int[] labels, double gradientScale, Activations a) {
        return kernels.crossEntropy(a.logits(), labels, gradientScale);
    }

    /** After {@link #loss}: writes dx {@code [tokens, hidden]}. */
    void backward(int[] maskedPositions, Activations a, INDArray dx) {
        decoder.backward(a.norm().y(), a.logits(), a.dHidden());
        norm.backward(a.dHidden(), Dropout.NONE, a.norm(), null, a.dHidden());
        kernels.multiply(a.derivative(), a.dHidden());
        dense.backward(a.gathered(), a.dHidden(), a.activated());
        kernels.gatherRowsBackward(a.activated(), maskedPositions, dx);
    }
}
