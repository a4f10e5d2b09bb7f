package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import io.github.cloze4j.nn.ParameterStore;
import java.util.function.ToDoubleFunction;

/** The optimizers. */
public enum OptimizerKind {
    /** Loshchilov and Hutter's (2019), with bias correction, as PyTorch's {@code AdamW}: Hugging Face's default. */
    ADAMW,
    /**
     * Google's {@code AdamWeightDecayOptimizer}, with which BERT was pretrained: no bias correction. Its first steps are
     * larger, with betas of 0.9 and 0.999 up to 6.6 times, at step 12; warm-up makes up for it. It keeps the moments of {@link
     * #ADAMW}.
     */
    BERT,
    /** {@link Muon} for hidden matrices, {@link #ADAMW} for all other parameters. */
    MUON;

    /**
     * Makes an optimizer of this kind at the beginning of a run.
     *
     * @param beta1 AdamW's decay of the first moment, in [0, 1)
     * @param beta2 AdamW's decay of the second moment, in [0, 1)
     * @param epsilon added by AdamW to the root of the second moment, above 0
     * @param weightDecay decoupled, at least 0
     * @param rateFactor the learning rate of a parameter, as a multiple of that of the step; at least 0
     * @throws IllegalArgumentException if this is {@link #MUON} and no hidden matrix is trained
     */
    public Optimizer create(
            ParameterStore parameters,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            ToDoubleFunction<Parameter> rateFactor) {
        return this == MUON
                ? new Muon(parameters, beta1, beta2, epsilon, weightDecay, rateFactor)
                : new AdamW(parameters, this, beta1, beta2, epsilon, weightDecay, rateFactor, parameter -> true);
    }

    /** The bytes of all arrays that an optimizer of a model with this layout allocates; allocates nothing. */
    public long bytes(ParameterLayout layout, Kernels kernels) {
        return this == MUON
                ? Muon.bytes(layout, kernels)
                : AdamW.MOMENTS * ParameterStore.trainedBytes(layout, kernels.type());
    }
}
