package io.github.cloze4j.model.head;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.nn.ParameterLayout;

/**
 * A head that gives each token a class, such as a part of speech or a place in an entity: Hugging Face's {@code
 * BertForTokenClassification}. Each target is a row and a class; tokens that are no target have no loss.
 */
public final class TokenHead extends LinearHead {
    /** The name of the loss. */
    public static final String LOSS = "tag";

    private TokenHead(ParameterLayout layout, Kernels kernels, BertConfig config, int classes, ClassLoss loss) {
        super(
                layout,
                kernels,
                config,
                ClassifierHead.CLASSIFIER,
                1,
                classes,
                config.headDropoutProb(),
                AnswerLoss.ofClasses(1, loss));
    }

    /**
     * Makes such heads.
     *
     * @param classes at least 1
     */
    public static HeadKind of(int classes, ClassLoss loss) {
        return (layout, kernels, config, words) -> new TokenHead(layout, kernels, config, classes, loss);
    }

    @Override
    public String loss() {
        return LOSS;
    }
}
