package io.github.cloze4j.model.head;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.nn.ParameterLayout;

/**
 * A head that tells the relation between two marked parts of a text, from the states of the two markers before them, side by
 * side: "entity start" of Baldini Soares et al. (2019). Each target is two rows, that of the first part's marker and that of
 * the second's, and a class. Hugging Face has no such class; the parameters are named as its classifiers are.
 */
public final class RelationHead extends LinearHead {
    /** The name of the loss. */
    public static final String LOSS = "relation";

    private static final int MARKERS = 2;

    private RelationHead(ParameterLayout layout, Kernels kernels, BertConfig config, int classes, ClassLoss loss) {
        super(
                layout,
                kernels,
                config,
                ClassifierHead.CLASSIFIER,
                MARKERS,
                classes,
                config.headDropoutProb(),
                AnswerLoss.ofClasses(MARKERS, loss));
    }

    /**
     * Makes such heads.
     *
     * @param classes at least 1
     */
    public static HeadKind of(int classes, ClassLoss loss) {
        return (layout, kernels, config, words) -> new RelationHead(layout, kernels, config, classes, loss);
    }

    @Override
    public String loss() {
        return LOSS;
    }
}
