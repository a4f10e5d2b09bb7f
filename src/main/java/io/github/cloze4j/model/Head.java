package io.github.cloze4j.model;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import java.util.function.DoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A head on a model's encoder: it scores its answers at some rows of the encoder's output, and has a loss that trains it. A
 * head of one's own is one class that implements this, with a {@link HeadKind} that makes it.
 */
public interface Head {
    /** The short name of its loss, such as {@code mlm}: the key of its scores in reports and logs. */
    String loss();

    /** The number of answers that it scores at a row. */
    int outputs();

    /**
     * Takes memory for its activations.
     *
     * @param rows the most rows of a batch
     * @param mostScores the most scores that are to exist at a time; those of one row always do. {@link #rowsAtATime} says
     *     how many rows these are
     */
    Activations plan(Arena arena, int rows, int mostScores);

    /** The rows whose scores exist at a time. */
    default int rowsAtATime(int rows, int mostScores) {
        return Math.max(1, Math.min(rows, mostScores / outputs()));
    }

    /** The memory of a head for the rows of a batch, and the computations in it. */
    interface Activations {
        /** Views of this memory for that many rows, at most as many as were planned. */
        Activations rows(int count);

        /**
         * The loss at the targets; gradients stay as they are.
         *
         * @param x {@code [rows, hidden]} the encoder's output at the targets' rows; the head may overwrite it, such as with its
         *     dropout: nothing else reads it
         * @param targets a target for each row of x, at least one
         * @param dropout gives the head's dropout of a probability; two calls give the same mask
         * @throws IllegalArgumentException if a label is not one of the head's answers
         */
        Pending<LossSum> loss(INDArray x, Targets targets, DoubleFunction<Dropout> dropout);

        /**
         * The loss, as {@link #loss} gives it; adds {@code gradientScale} times its gradient to the head's parameters. All heads
         * of a batch run before the encoder's backward pass. A head without targets in a batch is not called.
         *
         * @param dx {@code [rows, hidden]} written: {@code gradientScale} times the gradient of x
         */
        Pending<LossSum> train(
                INDArray x, Targets targets, double gradientScale, DoubleFunction<Dropout> dropout, INDArray dx);

        /** Hands out the scores of every answer at every row, without dropout, some rows at a time. */
        void scores(INDArray x, ScoreReader reader);
    }
}
