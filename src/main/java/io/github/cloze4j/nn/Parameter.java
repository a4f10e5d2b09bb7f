package io.github.cloze4j.nn;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An array of numbers of a model, and its gradient if it is trained: two views, of one shape, on the arenas of a {@link
 * ParameterStore}. The gradient is there from its first use on. Both are refused once the store is closed.
 *
 * <p>Thread-safe, but for the content of the arrays: kernels read and write it.
 */
public final class Parameter {
    private final String name;
    private final long[] shape;
    private final Role role;
    private final Initial initial;
    private final boolean trained;
    private volatile @Nullable INDArray value;
    private volatile @Nullable Runnable gradientAllocation;
    private volatile boolean closed;
    private volatile @Nullable INDArray gradient;

    /** The place of a parameter in a model, which decides how it is trained. */
    enum Role {
        /** The matrix of a layer between hidden activations. */
        HIDDEN_MATRIX,
        /** Another weight: an embedding table, the last layer of a head, a factor of a low-rank update. */
        OTHER_WEIGHT,
        /** A bias or a parameter of LayerNorm. */
        UNDECAYED
    }

    Parameter(String name, Role role, Initial initial, boolean trained, long... shape) {
        this.name = name;
        this.role = role;
        this.initial = initial;
        this.trained = trained;
        this.shape = shape.clone();
    }

    /** @param allocation calls {@link #bindGradient} */
    void bind(INDArray valueView, Runnable allocation) {
        value = valueView;
        gradientAllocation = allocation;
        gradient = null;
    }

    void bindGradient(INDArray gradientView) {
        gradient = gradientView;
    }

    /** Forgets both arrays, whose memory is about to be closed. */
    void close() {
        closed = true;
        gradientAllocation = null;
        value = null;
        gradient = null;
    }

    /** Hugging Face's name, such as {@code bert.encoder.layer.0.attention.self.query.weight}. */
    public String name() {
        return name;
    }

    /** Hugging Face's shape; {@code [out, in]} for a linear weight. */
    public long[] shape() {
        return shape.clone();
    }

    /** Number of elements. */
    public long length() {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return length;
    }

    /** The value that the parameter has before it is trained or read. */
    public Initial initial() {
        return initial;
    }

    /** Whether training changes the parameter. A parameter that is not trained, a frozen one, has no gradient. */
    public boolean trained() {
        return trained;
    }

    /** Whether weight decay applies if the parameter is trained: not to biases, not to LayerNorm. */
    public boolean decayed() {
        return role != Role.UNDECAYED;
    }

    /**
     * Whether the parameter is the matrix {@code [out, in]} of a layer whose inputs and outputs are hidden activations. Embedding
     * tables, the last layers of heads and low-rank updates are not.
     */
    public boolean isHiddenMatrix() {
        return role == Role.HIDDEN_MATRIX;
    }

    /**
     * The array of the parameter's numbers.
     *
     * @throws IllegalStateException after the model was closed
     */
    public INDArray value() {
        return bound(value);
    }

    /**
     * The array that backward passes add to, or null if the parameter is frozen. It is 0 at its first use, which allocates the
     * gradients of the whole store.
     *
     * @throws IllegalStateException after the model was closed
     */
    public @Nullable INDArray gradient() {
        if (!trained) {
            return null;
        }
        Runnable allocation = gradientAllocation;
        if (gradient == null && allocation != null) {
            allocation.run();
        }
        return bound(gradient);
    }

    private INDArray bound(@Nullable INDArray array) {
        if (array == null && closed) {
            throw ParameterStore.closedModel();
        }
        if (array == null) {
            throw new IllegalStateException(
                    "Expected parameter " + name + " to be allocated by a ParameterStore first");
        }
        return array;
    }
}
