package io.github.cloze4j.model.head;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Head;
import io.github.cloze4j.nn.Linear;
import io.github.cloze4j.nn.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A head that is one linear layer on rows of the encoder's output, after dropout: what {@link TokenHead}, {@link RelationHead}
 * and {@link SpanHead} have in common. Several rows may be one input, side by side.
 */
abstract class LinearHead implements Head {
    private final Kernels kernels;
    private final int rowsOfInput;
    private final int width;
    private final int outputs;
    private final double dropoutProbability;
    private final AnswerLoss answerLoss;
    private final Linear classifier;

    /**
     * Declares the layer.
     *
     * @param name of its parameters
     * @param rowsOfInput rows that are one input, at least 1
     * @param outputs scores of an input
     * @param dropoutProbability before the layer, in [0, 1)
     */
    LinearHead(
            ParameterLayout layout,
            Kernels kernels,
            BertConfig config,
            String name,
            int rowsOfInput,
            int outputs,
            double dropoutProbability,
            AnswerLoss answerLoss) {
        this.kernels = kernels;
        this.rowsOfInput = rowsOfInput;
        this.outputs = outputs;
        this.dropoutProbability = dropoutProbability;
        this.answerLoss = answerLoss;
        width = rowsOfInput * config.hiddenSize();
        classifier = Linear.ofScores(layout, kernels, name, width, outputs);
    }

    @Override
    public final int outputs() {
        return outputs;
    }

    @Override
    public final Activations plan(Arena arena, int rows, int mostScores) {
        return new Memory(arena.take(inputs(rows), outputs), inputs(rows));
    }

    private int inputs(int rows) {
        return rows / rowsOfInput;
    }

    private final class Memory extends ScoringActivations {
        private final INDArray scores; // [inputs, outputs]
        private final int count;

        Memory(INDArray scores, int count) {
            super(kernels, answerLoss, dropoutProbability, outputs, scores);
            this.scores = scores;
            this.count = count;
        }

        @Override
        public Memory rows(int rows) {
            return new Memory(Arena.rows(scores, 0, inputs(rows)), inputs(rows));
        }

        /** {@code [inputs, width]}: the rows of an input side by side. */
        private INDArray inputsOf(INDArray rows) {
            return rowsOfInput == 1 ? rows : Arena.matrix(rows, count, width);
        }

        @Override
        void forward(INDArray x, Dropout dropout) {
            // In place: the rows belong to this head.
            kernels.dropout(dropout, x);
            classifier.forward(inputsOf(x), scores);
        }

        @Override
        void backward(INDArray x, Dropout dropout, INDArray dx) {
            classifier.backward(inputsOf(x), scores, inputsOf(dx));
            kernels.dropout(dropout, dx);
        }
    }
}
