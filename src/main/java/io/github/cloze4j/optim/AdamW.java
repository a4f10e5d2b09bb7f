package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with or without bias correction, over all trained
 * parameters of a store. Biases and LayerNorm do not decay. Each step is a pass over flat memory for each range of neighbours
 * that decay alike and have the same learning rate.
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
    private final List<Range> ranges = new ArrayList<>();

    /**
     * Allocates both moments, all 0. All parameters have the learning rate of the step.
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
        this(parameters, kind, beta1, beta2, epsilon, weightDecay, parameter -> 1);
    }

    /**
     * Allocates both moments, all 0.
     *
     * @param rateFactor the learning rate of a parameter, as a multiple of that of the step; at least 0
     */
    public AdamW(
            ParameterStore parameters,
            OptimizerKind kind,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            ToDoubleFunction<Parameter> rateFactor) {
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
        addRanges(true, parameters.decayedLength(), rateFactor);
        addRanges(false, parameters.trainedLength(), rateFactor);
    }

    @Override
    public void step(long step, double learningRate, Clipping clipping) {
        parameters.training().run(() -> parameters.kernels().exclusively(() -> {
            parameters.requireOpen();
            boolean correctsBias = kind == OptimizerKind.ADAMW;
            for (Range range : ranges) {
                parameters
                        .kernels()
                        .adamW(
                                range.values,
                                range.gradients,
                                range.firstMoments,
                                range.secondMoments,
                                new AdamWStep(
                                        learningRate * range.rateFactor,
                                        beta1,
                                        beta2,
                                        epsilon,
                                        range.decays ? weightDecay : 0,
                                        step,
                                        correctsBias,
                                        clipping));
            }
            return this;
        }));
    }

    /** A range of all four arenas. Its views are made once, so that steps leave no garbage. */
    private record Range(
            boolean decays,
            double rateFactor,
            INDArray values,
            INDArray gradients,
            INDArray firstMoments,
            INDArray secondMoments) {}

    /**
     * Adds the ranges of the trained parameters that decay, or of those that do not. There is none if only the others are
     * trained.
     *
     * @param end the end of the last range
     */
    private void addRanges(boolean decays, long end, ToDoubleFunction<Parameter> rateFactor) {
        List<Parameter> trained = parameters.parameters().stream()
                .filter(parameter -> parameter.trained() && parameter.decayed() == decays)
                .sorted(Comparator.comparingLong(parameters::offset))
                .toList();
        for (int first = 0, next; first < trained.size(); first = next) {
            double factor = rateFactor.applyAsDouble(trained.get(first));
            next = first + 1;
            while (next < trained.size() && rateFactor.applyAsDouble(trained.get(next)) == factor) {
                next++;
            }
            long offset = parameters.offset(trained.get(first));
            long after = next == trained.size() ? end : parameters.offset(trained.get(next));
            ranges.add(range(decays, factor, offset, after - offset));
        }
    }

    private Range range(boolean decays, double rateFactor, long offset, long length) {
        return new Range(
                decays,
                rateFactor,
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
