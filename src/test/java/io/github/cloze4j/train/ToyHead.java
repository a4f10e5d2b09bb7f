package io.github.cloze4j.train;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Head;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.ScoreReader;
import io.github.cloze4j.nn.Linear;
import io.github.cloze4j.nn.ParameterLayout;
import java.util.function.DoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A head as users write one: it sorts tokens at any rows into classes, by dropout and two linear layers. */
final class ToyHead implements Head {
    static final String LOSS = "toy";

    private final Kernels kernels;
    private final int hidden;
    private final int classes;
    private final double dropoutProbability;
    private final Linear dense;
    private final Linear classifier;

    private ToyHead(ParameterLayout layout, Kernels kernels, BertConfig config, int classes) {
        this.kernels = kernels;
        this.classes = classes;
        hidden = config.hiddenSize();
        dropoutProbability = config.hiddenDropoutProb();
        dense = new Linear(layout, kernels, "toy.dense", hidden, hidden);
        classifier = new Linear(layout, kernels, "toy.classifier", hidden, classes);
    }

    static HeadKind of(int classes) {
        return (layout, kernels, config, words) -> new ToyHead(layout, kernels, config, classes);
    }

    @Override
    public String loss() {
        return LOSS;
    }

    @Override
    public int outputs() {
        return classes;
    }

    @Override
    public Activations plan(Arena arena, int rows, int mostScores) {
        return new Memory(arena.take(rows, hidden), arena.take(rows, classes), arena.take(rows, hidden));
    }

    private final class Memory implements Activations {
        private final INDArray features; // [rows, hidden]
        private final INDArray scores; // [rows, classes]
        private final INDArray dFeatures; // [rows, hidden]

        Memory(INDArray features, INDArray scores, INDArray dFeatures) {
            this.features = features;
            this.scores = scores;
            this.dFeatures = dFeatures;
        }

        @Override
        public Memory rows(int count) {
            return new Memory(
                    Arena.rows(features, 0, count), Arena.rows(scores, 0, count), Arena.rows(dFeatures, 0, count));
        }

        @Override
        public Pending<LossSum> loss(INDArray x, Targets targets, DoubleFunction<Dropout> dropout) {
            targets.requireLabelsBelow(classes);
            forward(x, dropout.apply(dropoutProbability));
            return kernels.crossEntropy(scores, targets.labels(), 0);
        }

        @Override
        public Pending<LossSum> train(
                INDArray x, Targets targets, double gradientScale, DoubleFunction<Dropout> dropout, INDArray dx) {
            targets.requireLabelsBelow(classes);
            Dropout mask = dropout.apply(dropoutProbability);
            forward(x, mask);
            Pending<LossSum> sum = kernels.crossEntropy(scores, targets.labels(), gradientScale);
            classifier.backward(features, scores, dFeatures);
            dense.backward(x, dFeatures, dx);
            kernels.dropout(mask, dx);
            return sum;
        }

        @Override
        public void scores(INDArray x, ScoreReader reader) {
            forward(x, Dropout.NONE);
            reader.read(0, scores);
        }

        private void forward(INDArray x, Dropout dropout) {
            // In place: the rows belong to this head.
            kernels.dropout(dropout, x);
            dense.forward(x, features);
            classifier.forward(features, scores);
        }
    }
}
