package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.ParameterStore;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with or without bias correction, over all trained
 * parameters of a store. Biases and LayerNorm do not decay. Each step is one pass over the parameters that decay and one over
 * the other trained ones.
 *
 * <p>One thread at a time trains a model: {@link #step} refuses a second one with an {@link IllegalStateException}.
 */
public final class AdamW implements Optimizer {
    /** Number of arrays that the optimizer allocates, each as large as the gradients. */
    public static final int MOMENTS = 2;

    private final ParameterStore parameters;
    private final OptimizerKind kind;
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final double weightDecay;
    private final Arena firstMoments;
    private final Arena secondMoments;
    private final @Nullable Range decayed;
    private final @Nullable Range undecayed;

    /**
     * Allocates both moments, all 0.
     *
     * @param kind whether the bias of the moments is corrected
     * @param beta1 decay of the first moment, in [0, 1)
     * @param beta2 decay of the second moment, in [0, 1)
     * @param epsilon added to the root of the second moment, above 0
     * @param weightDecay decoupled, at least 0
     */
    public AdamW(
            ParameterStore parameters,
            OptimizerKind kind,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay) {
        this.parameters = parameters;
        this.kind = kind;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        this.weightDecay = weightDecay;
        // Gradients first: they refuse a model without trained parameters.
        parameters.gradients();
        firstMoments = Arena.allocate(parameters.type(), parameters.trainedLength());
        secondMoments = Arena.allocate(parameters.type(), parameters.trainedLength());
        decayed = range(0, parameters.decayedLength());
        undecayed = range(parameters.decayedLength(), parameters.trainedLength() - parameters.decayedLength());
    }

    @Override
    public void step(long step, double learningRate, Clipping clipping) {
        parameters.training().run(() -> parameters.kernels().exclusively(() -> {
            parameters.requireOpen();
            boolean correctsBias = kind == OptimizerKind.ADAMW;
            if (decayed != null) {
                decayed.update(
                        new AdamWStep(learningRate, beta1, beta2, epsilon, weightDecay, step, correctsBias, clipping));
            }
            if (undecayed != null) {
                undecayed.update(new AdamWStep(learningRate, beta1, beta2, epsilon, 0, step, correctsBias, clipping));
            }
            return this;
        }));
    }

    /** A range of all four arenas. Its views are made once, so that steps leave no garbage. */
    private record Range(
            Kernels kernels, INDArray values, INDArray gradients, INDArray firstMoments, INDArray secondMoments) {
        void update(AdamWStep step) {
            kernels.adamW(values, gradients, firstMoments, secondMoments, step);
        }
    }

    /** Null if the range is empty: if only biases are trained, nothing decays. */
    private @Nullable Range range(long offset, long length) {
        if (length == 0) {
            return null;
        }
        return new Range(
                parameters.kernels(),
                parameters.values().view(offset, length),
                parameters.gradients().view(offset, length),
                firstMoments.view(offset, length),
                secondMoments.view(offset, length));
    }

    @Override
    public Map<String, Arena> state() {
        Map<String, Arena> state = new LinkedHashMap<>();
        state.put("first_moment", firstMoments);
        state.put("second_moment", secondMoments);
        return state;
    }

    /** Running means of gradients, in the layout of the trained parameters. */
    public Arena firstMoments() {
        return firstMoments;
    }

    /** Running means of squared gradients, in the layout of the trained parameters. */
    public Arena secondMoments() {
        return secondMoments;
    }

    /** Frees the moments, after the work of another thread that holds the kernels. */
    @Override
    public void close() {
        parameters.kernels().exclusively(() -> {
            firstMoments.close();
            secondMoments.close();
            return this;
        });
    }
}
