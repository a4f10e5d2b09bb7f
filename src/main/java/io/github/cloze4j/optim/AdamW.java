package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with or without bias correction, over all trained
 * parameters of a store, or over some. Biases and LayerNorm do not decay. Each step is a pass over flat memory for each range of
 * neighbours that decay alike and have the same learning rate.
 *
 * <p>One thread at a time trains a model: {@link #step} refuses a second one with an {@link IllegalStateException}.
 */
public final class AdamW implements Optimizer {
    /** Number of arrays that the optimizer allocates, each as large as the gradients. */
    static final int MOMENTS = 2;

    private final ParameterStore parameters;
    private final OptimizerKind kind;
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final double weightDecay;
    private final OptimizerState firstMoments;
    private final OptimizerState secondMoments;
    private final List<Range> ranges = new ArrayList<>();

    /**
     * Allocates both moments, all 0. All parameters have the learning rate of the step.
     *
     * @param kind {@link OptimizerKind#BERT} does not correct the bias of the moments; the others do
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
        this(parameters, kind, beta1, beta2, epsilon, weightDecay, parameter -> 1, parameter -> true);
    }

    /**
     * Allocates both moments, all 0.
     *
     * @param rateFactor the learning rate of a parameter, as a multiple of that of the step; at least 0
     * @param which the trained parameters that are moved; all parts of stacked parameters or none
     */
    AdamW(
            ParameterStore parameters,
            OptimizerKind kind,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            ToDoubleFunction<Parameter> rateFactor,
            Predicate<Parameter> which) {
        this.parameters = parameters;
        this.kind = kind;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        this.weightDecay = weightDecay;
        // Gradients first: they refuse a model without trained parameters.
        parameters.gradients();
        firstMoments = OptimizerState.allocate("first_moment", parameters, which);
        secondMoments = OptimizerState.allocate("second_moment", parameters, which);
        addRanges(rateFactor, which);
    }

    @Override
    public void step(long step, double learningRate, Clipping clipping) {
        parameters.training().run(() -> parameters.kernels().exclusively(() -> {
            parameters.requireOpen();
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
                                        kind != OptimizerKind.BERT,
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

    /** The properties that neighbours share if one pass moves them. */
    private record Alike(boolean moved, boolean decays, double rateFactor) {}

    private void addRanges(ToDoubleFunction<Parameter> rateFactor, Predicate<Parameter> which) {
        List<Parameter> trained = parameters.trained();
        List<Alike> alike = trained.stream()
                .map(parameter ->
                        new Alike(which.test(parameter), parameter.decayed(), rateFactor.applyAsDouble(parameter)))
                .toList();
        for (int first = 0, next; first < trained.size(); first = next) {
            next = first + 1;
            while (next < trained.size() && alike.get(next).equals(alike.get(first))) {
                next++;
            }
            if (alike.get(first).moved) {
                long end = next == trained.size() ? parameters.trainedLength() : parameters.offset(trained.get(next));
                addRange(alike.get(first), trained.get(first), end);
            }
        }
    }

    private void addRange(Alike alike, Parameter first, long end) {
        long offset = parameters.offset(first);
        long length = end - offset;
        ranges.add(new Range(
                alike.decays,
                alike.rateFactor,
                parameters.values().view(offset, length),
                parameters.gradients().view(offset, length),
                firstMoments.range(first, length),
                secondMoments.range(first, length)));
    }

    @Override
    public List<OptimizerState> state() {
        return List.of(firstMoments, secondMoments);
    }

    /** Running means of gradients. */
    public Arena firstMoments() {
        return firstMoments.arena();
    }

    /** Running means of squared gradients. */
    public Arena secondMoments() {
        return secondMoments.arena();
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
