package io.github.cloze4j.nn;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A trained array and its gradient: two views, of one shape, on the arenas of a {@link ParameterStore}. The gradient is
 * there from its first use on.
 */
public final class Parameter {
    private final String name;
    private final long[] shape;
    private final boolean decayed;
    private @Nullable INDArray value;
    private @Nullable Runnable gradientAllocation;
    private volatile @Nullable INDArray gradient;

    Parameter(String name, boolean decayed, long... shape) {
        this.name = name;
        this.decayed = decayed;
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

    /** Hugging Face's name, such as {@code bert.encoder.layer.0.attention.self.query.weight}. */
    public String name() {
        return name;
    }

    /** Hugging Face's shape; {@code [out, in]} for a linear weight. */
    public long[] shape() {
        return shape.clone();
    }

    /** Elements. */
    public long length() {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return length;
    }

    /** Whether weight decay applies: not to biases, not to LayerNorm. */
    public boolean decayed() {
        return decayed;
    }

    /** What is trained. */
    public INDArray value() {
        return bound(value);
    }

    /** What backward passes add to; 0 at its first use, which allocates the gradients of the whole store. */
    public INDArray gradient() {
        if (gradient == null && gradientAllocation != null) {
            gradientAllocation.run();
        }
        return bound(gradient);
    }

    private INDArray bound(@Nullable INDArray array) {
        if (array == null) {
            throw new IllegalStateException(
                    "Expected parameter " + name + " to be allocated by a ParameterStore first");
        }
        return array;
    }
}
