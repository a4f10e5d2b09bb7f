package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.Clipping;
import java.util.List;

/**
 * Moves the trained parameters of a {@link io.github.cloze4j.nn.ParameterStore} against their gradients. {@link OptimizerKind}
 * makes one.
 */
public interface Optimizer extends AutoCloseable {
    /**
     * Moves all trained parameters, and leaves the gradients 0; if their norm is not finite, all stays as it is.
     *
     * @param step counted from 1 over the whole run
     * @param clipping of the gradients
     * @throws IllegalStateException if another thread trains the model, or the model or this optimizer is closed
     */
    void step(long step, double learningRate, Clipping clipping);

    /** The numbers of former steps that it keeps. Checkpoints have them. */
    List<OptimizerState> state();

    /** Frees what it keeps, after the work of another thread that holds the kernels. */
    @Override
    void close();
}
