package io.github.cloze4j.model.head;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
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

/**
 * A head that sorts texts into classes by their {@code [CLS]}: the pooler (dense, tanh) and a score for each class (Devlin et
 * al., 2019). With two classes, of pairs, it is next-sentence prediction: class 0 is for a second text that follows the first,
 * class 1 for one that does not.
 */
public final class ClassifierHead implements Head {
    /** The name of the pooler's parameters: Hugging Face's. */
    public static final String POOLER = "bert.pooler.dense";

    /** The name of the parameters of the scores of next-sentence prediction: Hugging Face's. */
    public static final String NEXT_SENTENCE = "cls.seq_relationship";

    private static final int CLASSES_OF_PAIRS = 2;

    private final Kernels kernels;
    private final String loss;
    private final int hidden;
    private final int classes;
    private final Linear pooler;
    private final Linear classifier;

    private ClassifierHead(
            ParameterLayout layout, Kernels kernels, BertConfig config, String loss, String classifier, int classes) {
        this.kernels = kernels;
        this.loss = loss;
        this.classes = classes;
        hidden = config.hiddenSize();
        pooler = new Linear(layout, kernels, POOLER, hidden, hidden);
        this.classifier = new Linear(layout, kernels, classifier, hidden, classes);
    }

    /**
     * Makes heads for the pairs of next-sentence prediction and of sentence-order prediction.
     *
     * @param loss the name of the loss, such as {@code nsp} or {@code sop}
     */
    public static HeadKind ofPairs(String loss) {
        return (layout, kernels, config, words) ->
                new ClassifierHead(layout, kernels, config, loss, NEXT_SENTENCE, CLASSES_OF_PAIRS);
    }

    @Override
    public String loss() {
        return loss;
    }

    @Override
    public int outputs() {
        return classes;
    }

    @Override
    public Activations plan(Arena arena, int rows, int mostScores) {
        return new Memory(
                arena.take(rows, hidden),
                arena.take(rows, hidden),
                arena.take(rows, classes),
                arena.take(rows, hidden));
    }

    private final class Memory implements Activations {
        private final INDArray derivative; // [rows, hidden] of the tanh
        private final INDArray pooled; // [rows, hidden]
        private final INDArray scores; // [rows, classes]
        private final INDArray dHidden; // [rows, hidden]

        Memory(INDArray derivative, INDArray pooled, INDArray scores, INDArray dHidden) {
            this.derivative = derivative;
            this.pooled = pooled;
            this.scores = scores;
            this.dHidden = dHidden;
        }

        @Override
        public Memory rows(int count) {
            return new Memory(
                    Arena.rows(derivative, 0, count),
                    Arena.rows(pooled, 0, count),
                    Arena.rows(scores, 0, count),
                    Arena.rows(dHidden, 0, count));
        }

        @Override
        public Pending<LossSum> loss(INDArray x, Targets targets, DoubleFunction<Dropout> dropout) {
            targets.requireLabelsBelow(classes);
            forward(x);
            return kernels.crossEntropy(scores, targets.labels(), 0);
        }

        @Override
        public Pending<LossSum> train(
                INDArray x, Targets targets, double gradientScale, DoubleFunction<Dropout> dropout, INDArray dx) {
            targets.requireLabelsBelow(classes);
            forward(x);
            Pending<LossSum> sum = kernels.crossEntropy(scores, targets.labels(), gradientScale);
            backward(x, dx);
            return sum;
        }

        @Override
        public void scores(INDArray x, ScoreReader reader) {
            forward(x);
            reader.read(0, scores);
        }

        private void forward(INDArray x) {
            pooler.forward(x, Activation.TANH, derivative, pooled);
            classifier.forward(pooled, scores);
        }

        /** After the scores' gradient has taken the place of the scores. */
        private void backward(INDArray x, INDArray dx) {
            classifier.backward(pooled, scores, derivative, dHidden);
            pooler.backward(x, dHidden, dx);
        }
    }
}
