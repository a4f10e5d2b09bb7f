package io.github.cloze4j.model.head;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.Head.Activations;
import io.github.cloze4j.model.ScoreReader;
import java.util.function.DoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The memory of a head that gives scores of all its rows at once, with one dropout: the order of forward, loss and backward, which
 * {@link ClassifierHead} and {@link LinearHead} have in common.
 */
abstract class ScoringActivations implements Activations {
    private final Kernels kernels;
    private final AnswerLoss answerLoss;
    private final double dropoutProbability;
    private final int outputs;
    private final INDArray scores; // [inputs, outputs]

    ScoringActivations(
            Kernels kernels, AnswerLoss answerLoss, double dropoutProbability, int outputs, INDArray scores) {
        this.kernels = kernels;
        this.answerLoss = answerLoss;
        this.dropoutProbability = dropoutProbability;
        this.outputs = outputs;
        this.scores = scores;
    }

    /** Computes the scores of x {@code [rows, hidden]}. */
    abstract void forward(INDArray x, Dropout dropout);

    /** Writes the gradient of x to dx {@code [rows, hidden]}, after the scores' gradient has taken the place of the scores. */
    abstract void backward(INDArray x, Dropout dropout, INDArray dx);

    @Override
    public final Pending<LossSum> loss(INDArray x, Targets targets, DoubleFunction<Dropout> dropout) {
        answerLoss.require(targets, outputs);
        forward(x, dropout.apply(dropoutProbability));
        return answerLoss.apply(kernels, scores, targets, 0);
    }

    @Override
    public final Pending<LossSum> train(
            INDArray x, Targets targets, double gradientScale, DoubleFunction<Dropout> dropout, INDArray dx) {
        answerLoss.require(targets, outputs);
        Dropout mask = dropout.apply(dropoutProbability);
        forward(x, mask);
        Pending<LossSum> sum = answerLoss.apply(kernels, scores, targets, gradientScale);
        backward(x, mask, dx);
        return sum;
    }

    @Override
    public final void scores(INDArray x, ScoreReader reader) {
        forward(x, Dropout.NONE);
        reader.read(0, scores);
    }
}
