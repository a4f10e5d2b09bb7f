package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The low-rank updates of one product: that of a linear layer, or of several that are stacked side by side. Often there is
 * none; then nothing here takes memory or time.
 */
public final class LowRankUpdates {
    private final List<Part> parts;

    /** An update of columns {@code [first, first + count)} of the product's result. */
    private record Part(LowRankTarget target, LowRank update, int first, int count) {}

    private LowRankUpdates(List<Part> parts) {
        this.parts = parts;
    }

    /**
     * Declares the updates that the settings name.
     *
     * @param name the name of the encoder layer
     * @param in the width of the input
     * @param out the width of the output of each target
     * @param targets the linear layers whose outputs are side by side in the product's result
     */
    static LowRankUpdates declare(
            ParameterLayout layout,
            Kernels kernels,
            String name,
            int in,
            int out,
            LowRankSettings settings,
            LowRankTarget... targets) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < targets.length; i++) {
            if (settings.targets().contains(targets[i])) {
                String linear = name + "." + targets[i].module();
                parts.add(new Part(targets[i], new LowRank(layout, kernels, linear, in, out, settings), i * out, out));
            }
        }
        return new LowRankUpdates(parts);
    }

    /** The arrays that forward leaves for backward, and views of the results that the parts are columns of. */
    public static final class Activations {
        private final List<LowRank.Activations> ofParts;
        private final Columns y = new Columns();
        private final Columns dy = new Columns();

        private Activations(List<LowRank.Activations> ofParts) {
            this.ofParts = ofParts;
        }

        /** Views of the first rows. */
        Activations rows(int rows) {
            return ofParts.isEmpty()
                    ? this
                    : new Activations(
                            ofParts.stream().map(part -> part.rows(rows)).toList());
        }
    }

    /** The columns of one matrix, made at their first use: views are garbage that every step would leave. */
    private static final class Columns {
        private @Nullable INDArray whole;
        private List<INDArray> views = List.of();

        List<INDArray> of(INDArray matrix, List<Part> parts) {
            if (whole != matrix) {
                whole = matrix;
                views = parts.stream()
                        .map(part -> Arena.columns(matrix, part.first(), part.count()))
                        .toList();
            }
            return views;
        }
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    Activations plan(Arena arena, int tokens) {
        return new Activations(
                parts.stream().map(part -> part.update().plan(arena, tokens)).toList());
    }

    /** Takes x {@code [tokens, in]}; adds to the product's result y. */
    void forward(INDArray x, Function<LowRankTarget, Dropout> dropouts, Activations a, INDArray y) {
        if (isEmpty()) {
            return;
        }
        List<INDArray> columns = a.y.of(y, parts);
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            part.update().forward(x, dropouts.apply(part.target()), a.ofParts.get(i), columns.get(i));
        }
    }

    /** Takes dy, the gradient of the product's result; adds the gradient of x to dx {@code [tokens, in]}, unless dx is null. */
    void backward(
            INDArray x, INDArray dy, Function<LowRankTarget, Dropout> dropouts, Activations a, @Nullable INDArray dx) {
        if (isEmpty()) {
            return;
        }
        List<INDArray> columns = a.dy.of(dy, parts);
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            part.update().backward(x, columns.get(i), dropouts.apply(part.target()), a.ofParts.get(i), dx);
        }
    }
}
