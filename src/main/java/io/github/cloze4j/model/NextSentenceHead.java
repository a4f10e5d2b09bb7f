package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.nn.Linear;
import io.github.cloze4j.nn.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The second head, on the {@code [CLS]} of each pair: the pooler (dense, tanh) and two scores (Devlin et al., 2019, section
 * 3.1, task 2). Score 0 is for a second text that follows the first, score 1 for one that does not.
 */
final class NextSentenceHead {
    static final String POOLER = "bert.pooler.dense";
    static final String CLASSIFIER = "cls.seq_relationship";

    private static final int CLASSES = 2;

    private final Kernels kernels;
    private final Linear pooler;
    private final Linear classifier;
    private final int hidden;

    /** What backward needs, for at most {@code pairs} pairs. */
    record Activations(
            int pairs,
            INDArray derivative, // [pairs, hidden] of the tanh
            INDArray pooled, // [pairs, hidden]
            INDArray logits, // [pairs, 2]
            INDArray dHidden // [pairs, hidden]
            ) {

        Activations rows(int rows) {
            return new Activations(
                    rows,
                    Arena.rows(derivative, 0, rows),
                    Arena.rows(pooled, 0, rows),
                    Arena.rows(logits, 0, rows),
                    Arena.rows(dHidden, 0, rows));
        }
    }

    NextSentenceHead(ParameterLayout layout, Kernels kernels, BertConfig config) {
        this.kernels = kernels;
        hidden = config.hiddenSize();
        pooler = new Linear(layout, kernels, POOLER, hidden, hidden);
        classifier = new Linear(layout, kernels, CLASSIFIER, hidden, CLASSES);
    }

    Activations plan(Arena arena, int pairs) {
        return new Activations(
                pairs,
                arena.take(pairs, hidden),
                arena.take(pairs, hidden),
                arena.take(pairs, CLASSES),
                arena.take(pairs, hidden));
    }

    /** x {@code [pairs, hidden]}, the encoder's output at the {@code [CLS]} of each pair; writes {@code a.logits}. */
    void forward(INDArray x, Activations a) {
        pooler.forward(x, Activation.TANH, a.derivative(), a.pooled());
        classifier.forward(a.pooled(), a.logits());
    }

    /** After {@link #forward}: the loss; the gradient of {@code gradientScale · loss} takes the place of the logits. */
    Pending<LossSum> loss(int[] labels, double gradientScale, Activations a) {
        return kernels.crossEntropy(a.logits(), labels, gradientScale);
    }

    /** After {@link #loss}: writes dx {@code [pairs, hidden]}. */
    void backward(INDArray x, Activations a, INDArray dx) {
        classifier.backward(a.pooled(), a.logits(), a.derivative(), a.dHidden());
        pooler.backward(x, a.dHidden(), dx);
    }
}
