package io.github.cloze4j.model.head;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Head;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.nn.Linear;
import io.github.cloze4j.nn.ParameterLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A head that judges texts by their {@code [CLS]}: the pooler (dense, tanh), dropout, and a score for each answer (Devlin et
 * al., 2019). It is Hugging Face's {@code BertForSequenceClassification} and {@code BertForMultipleChoice}. With two
 * classes, of pairs, and without dropout it is next-sentence prediction: class 0 is for a second text that follows the first,
 * class 1 for one that does not.
 */
public final class ClassifierHead implements Head {
    /** The name of the pooler's parameters: Hugging Face's. */
    public static final String POOLER = "bert.pooler.dense";

    /** The name of the parameters of the scores of next-sentence prediction: Hugging Face's. */
    public static final String NEXT_SENTENCE = "cls.seq_relationship";

    /** The name of the parameters of all other scores: Hugging Face's. */
    public static final String CLASSIFIER = "classifier";

    /** The name of the loss of classes and sets of classes. */
    public static final String CLASS_LOSS = "class";

    /** The name of the loss of numbers. */
    public static final String REGRESSION_LOSS = "regression";

    /** The name of the loss of choices. */
    public static final String CHOICE_LOSS = "choice";

    private static final int CLASSES_OF_PAIRS = 2;

    private final Kernels kernels;
    private final String loss;
    private final int hidden;
    private final int outputs;
    private final double dropoutProbability;
    private final AnswerLoss answerLoss;
    private final Linear pooler;
    private final Linear classifier;

    private ClassifierHead(
            ParameterLayout layout,
            Kernels kernels,
            BertConfig config,
            String loss,
            String classifier,
            int outputs,
            double dropoutProbability,
            AnswerLoss answerLoss) {
        this.kernels = kernels;
        this.loss = loss;
        this.outputs = outputs;
        this.dropoutProbability = dropoutProbability;
        this.answerLoss = answerLoss;
        hidden = config.hiddenSize();
        pooler = new Linear(layout, kernels, POOLER, hidden, hidden);
        this.classifier = Linear.ofScores(layout, kernels, classifier, hidden, outputs);
    }

    /**
     * Makes heads for the pairs of next-sentence prediction and of sentence-order prediction.
     *
     * @param loss the name of the loss, such as {@code nsp} or {@code sop}
     */
    public static HeadKind ofPairs(String loss) {
        return (layout, kernels, config, words) -> new ClassifierHead(
                layout,
                kernels,
                config,
                loss,
                NEXT_SENTENCE,
                CLASSES_OF_PAIRS,
                0,
                AnswerLoss.ofClasses(1, ClassLoss.PLAIN));
    }

    /**
     * Makes heads that sort texts, or pairs of texts, into classes. Each target is the row of a {@code [CLS]} and a class.
     *
     * @param classes at least 1
     */
    public static HeadKind ofClasses(int classes, ClassLoss loss) {
        return ofTexts(CLASS_LOSS, classes, AnswerLoss.ofClasses(1, loss));
    }

    /**
     * Makes heads that give texts any number of classes. Each target is the row of a {@code [CLS]} and a value for each class: 1
     * if the text has it, else 0.
     */
    public static HeadKind ofClassSets(int classes) {
        return ofTexts(CLASS_LOSS, classes, AnswerLoss.ofClassSets());
    }

    /** Makes heads that give texts a number. Each target is the row of a {@code [CLS]} and a value for each number. */
    public static HeadKind ofNumbers(int numbers) {
        return ofTexts(REGRESSION_LOSS, numbers, AnswerLoss.ofNumbers());
    }

    /**
     * Makes heads that choose one of several texts. Each target is the rows of the {@code [CLS]} of all choices, as many for each
     * target, and the number of the right one.
     */
    public static HeadKind ofChoices() {
        return ofTexts(CHOICE_LOSS, 1, AnswerLoss.ofChoices());
    }

    private static HeadKind ofTexts(String loss, int outputs, AnswerLoss answerLoss) {
        return (layout, kernels, config, words) -> new ClassifierHead(
                layout, kernels, config, loss, CLASSIFIER, outputs, config.headDropoutProb(), answerLoss);
    }

    @Override
    public String loss() {
        return loss;
    }

    @Override
    public int outputs() {
        return outputs;
    }

    @Override
    public Activations plan(Arena arena, int rows, int mostScores) {
        return new Memory(
                arena.take(rows, hidden),
                arena.take(rows, hidden),
                arena.take(rows, outputs),
                arena.take(rows, hidden));
    }

    private final class Memory extends ScoringActivations {
        private final INDArray derivative; // [rows, hidden] of the tanh
        private final INDArray pooled; // [rows, hidden]
        private final INDArray scores; // [rows, outputs]
        private final INDArray dHidden; // [rows, hidden]

        Memory(INDArray derivative, INDArray pooled, INDArray scores, INDArray dHidden) {
            super(kernels, answerLoss, dropoutProbability, outputs, scores);
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
        void forward(INDArray x, Dropout dropout) {
            pooler.forward(x, Activation.TANH, derivative, pooled);
            kernels.dropout(dropout, pooled);
            classifier.forward(pooled, scores);
        }

        @Override
        void backward(INDArray x, Dropout dropout, INDArray dx) {
            // Dropout and the derivative of the tanh are factors of each element: their order does not matter.
            classifier.backward(pooled, scores, derivative, dHidden);
            kernels.dropout(dropout, dHidden);
            pooler.backward(x, dHidden, dx);
        }
    }
}
