package io.github.cloze4j.model.head;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.nn.ParameterLayout;

/**
 * A head that finds a part of a text, such as the answer to a question: for each token a score to be the first one and a score
 * to be the last one, each with a softmax over the rows of an answer. It is Hugging Face's {@code BertForQuestionAnswering}, whose
 * softmax also runs over the padding of its batches. Each target is the rows of a window and two labels: the first and the
 * last token, counted from the first row.
 */
public final class SpanHead extends LinearHead {
    /** Makes such heads. */
    public static final HeadKind KIND = (layout, kernels, config, words) -> new SpanHead(layout, kernels, config);

    /** The name of the loss. */
    public static final String LOSS = "span";

    /** The name of the parameters: Hugging Face's. */
    public static final String OUTPUTS = "qa_outputs";

    private static final int FIRST_AND_LAST = 2;

    private SpanHead(ParameterLayout layout, Kernels kernels, BertConfig config) {
        super(layout, kernels, config, OUTPUTS, 1, FIRST_AND_LAST, 0, AnswerLoss.ofSpans());
    }

    @Override
    public String loss() {
        return LOSS;
    }
}
