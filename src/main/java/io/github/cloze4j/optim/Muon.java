package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.MuonMatrix;
import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import io.github.cloze4j.nn.ParameterStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Muon (Jordan et al., 2024) for hidden matrices ({@link Parameter#isHiddenMatrix}), and {@link AdamW} for all other trained
 * parameters. An update of Muon is the running mean of the gradients, with Nesterov's look ahead, whose singular values are
 * replaced by numbers near 1. It equals {@code torch.optim.Muon} with {@code adjust_lr_fn="match_rms_adamw"}, but for the number
 * type: PyTorch iterates in bfloat16, this class in the number type of the kernels. Query, key and value are a matrix each.
 *
 * <p>One thread at a time trains a model: {@link #step} refuses a second one with an {@link IllegalStateException}.
 */
public final class Muon implements Optimizer {
    /** The default of Jordan's code and of {@code torch.optim.Muon}. */
    private static final double MOMENTUM = 0.95;

    private final ParameterStore parameters;
    private final double weightDecay;
    private final AdamW rest;
    private final OptimizerState momentum;
    private final Arena scratch;
    /** The largest first, so that no thread is left with a large one at the end. */
    private final List<MuonMatrix> matrices;

    /**
     * Allocates the momentum and the moments, all 0.
     *
     * @param beta1 AdamW's decay of the first moment, in [0, 1)
     * @param beta2 AdamW's decay of the second moment, in [0, 1)
     * @param epsilon added by AdamW to the root of the second moment, above 0
     * @param weightDecay decoupled, of matrices and of what AdamW moves, at least 0
     * @param rateFactor the learning rate of a parameter, as a multiple of that of the step; at least 0
     * @throws IllegalArgumentException if no hidden matrix is trained
     */
    public Muon(
            ParameterStore parameters,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay,
            ToDoubleFunction<Parameter> rateFactor) {
        this.parameters = parameters;
        this.weightDecay = weightDecay;
        List<Parameter> hidden = parameters.trained().stream()
                .filter(Parameter::isHiddenMatrix)
                .sorted(Comparator.comparingLong(Parameter::length).reversed())
                .toList();
        if (hidden.isEmpty()) {
            throw new IllegalArgumentException(
                    "Expected a hidden matrix that is trained, for the optimizer muon. Received: a"
                            + " model whose hidden matrices are frozen. Use the optimizer adamw, as for adapters");
        }
        rest = new AdamW(
                parameters,
                OptimizerKind.MUON,
                beta1,
                beta2,
                epsilon,
                weightDecay,
                rateFactor,
                parameter -> !parameter.isHiddenMatrix());
        momentum = OptimizerState.allocate("momentum", parameters, Parameter::isHiddenMatrix);
        scratch = Arena.allocate(parameters.type(), parameters.kernels().muonScratch(shapes(hidden)));
        matrices = new ArrayList<>();
        for (Parameter matrix : hidden) {
            matrices.add(new MuonMatrix(
                    matrix.value(),
                    Objects.requireNonNull(matrix.gradient()),
                    momentum.of(matrix),
                    rateFactor.applyAsDouble(matrix)));
        }
    }

    private static List<long[]> shapes(List<Parameter> matrices) {
        return matrices.stream().map(Parameter::shape).toList();
    }

    /** The bytes of all that the optimizer of a model with this layout allocates; allocates nothing. */
    static long bytes(ParameterLayout layout, Kernels kernels) {
        List<Parameter> hidden = layout.parameters().stream()
                .filter(parameter -> parameter.trained() && parameter.isHiddenMatrix())
                .toList();
        long ofMatrices = ParameterStore.trainedBytes(layout, kernels.type(), Parameter::isHiddenMatrix);
        long ofRest = ParameterStore.trainedBytes(layout, kernels.type(), parameter -> !parameter.isHiddenMatrix());
        return ofMatrices
                + AdamW.MOMENTS * ofRest
                + kernels.muonScratch(shapes(hidden)) * kernels.type().width();
    }

    @Override
    public void step(long step, double learningRate, Clipping clipping) {
        parameters.training().run(() -> parameters.kernels().exclusively(() -> {
            parameters.requireOpen();
            rest.step(step, learningRate, clipping);
            parameters
                    .kernels()
                    .muon(matrices, scratch.flat(), new MuonStep(learningRate, MOMENTUM, weightDecay, clipping));
            return this;
        }));
    }

    @Override
    public List<OptimizerState> state() {
        List<OptimizerState> state = new ArrayList<>(rest.state());
        state.add(momentum);
        return state;
    }

    /** Frees the momentum and the moments, after the work of another thread that holds the kernels. */
    @Override
    public void close() {
        parameters.kernels().exclusively(() -> {
            rest.close();
            momentum.close();
            scratch.close();
            return this;
        });
    }
}
