package io.github.cloze4j.optim;

import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.function.ToDoubleFunction;

/** The variants of Adam with decoupled weight decay. Both keep the same moments. */
public enum OptimizerKind {
    /** Loshchilov and Hutter's (2019), with bias correction, as PyTorch's {@code AdamW}: Hugging Face's default. */
    ADAMW,
    /**
     * Google's {@code AdamWeightDecayOptimizer}, with which BERT was pretrained: no bias correction. Its first steps are
     * larger, with betas of 0.9 and 0.999 up to 6.6 times, at step 12; warm-up makes up for it.
     */
    BERT;

    /**
     * Makes an optimizer of this kind at the beginning of a run.
     *
     * @param beta1 decay of the first moment, in [0, 1)
     * @param beta2 decay of the second moment, in [0, 1)
     * @param epsilon added to the root of the second moment, above 0
     * @param weightDecay decoupled, at least 0
     * @param rateFactor the learning rate of a parameter, as a multiple of that of the step; at least 0
     */
    public Optimizer create(
            ParameterStore parameters,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            ToDoubleFunction<Parameter> rateFactor) {
        return new AdamW(parameters, this, beta1, beta2, epsilon, weightDecay, rateFactor);
    }

    /** How many arrays of the trained parameters' length it keeps. */
    public int arrays() {
        return AdamW.MOMENTS;
    }
}
