package io.github.cloze4j.nn;

import java.util.ArrayList;
import java.util.List;

/**
 * What layers declare before memory is allocated. Parameters declared together as one block are adjacent in memory, so
 * that several weights are one matrix to a product.
 */
public final class ParameterLayout {
    /** Parameters that follow each other without a gap, and the parameter that covers them all. */
    record Block(Parameter whole, List<Parameter> parts) {}

    private final List<Block> blocks = new ArrayList<>();

    /** A weight: matrices and embedding tables, which decay. */
    public Parameter weight(String name, Initial initial, long... shape) {
        return single(new Parameter(name, true, initial, shape));
    }

    /** A bias or a LayerNorm parameter, which does not decay. */
    public Parameter undecayed(String name, Initial initial, long... shape) {
        return single(new Parameter(name, false, initial, shape));
    }

    /** One {@code [names * rows, columns]} weight made of {@code names.size()} weights {@code [rows, columns]}. */
    public Parameter stackedWeights(List<String> names, Initial initial, long rows, long columns) {
        return stacked(names, true, initial, new long[] {rows, columns});
    }

    /** One {@code [names * length]} bias made of {@code names.size()} biases {@code [length]}. */
    public Parameter stackedBiases(List<String> names, Initial initial, long length) {
        return stacked(names, false, initial, new long[] {length});
    }

    /** What was declared, in that order; parts of stacked parameters by themselves. */
    public List<Parameter> parameters() {
        return blocks.stream().flatMap(block -> block.parts().stream()).toList();
    }

    List<Block> blocks() {
        return List.copyOf(blocks);
    }

    private Parameter single(Parameter parameter) {
        blocks.add(new Block(parameter, List.of(parameter)));
        return parameter;
    }

    private Parameter stacked(List<String> names, boolean decayed, Initial initial, long[] partShape) {
        long[] wholeShape = partShape.clone();
        wholeShape[0] *= names.size();
        Parameter whole = new Parameter(String.join("+", names), decayed, initial, wholeShape);
        blocks.add(new Block(
                whole,
                names.stream()
                        .map(name -> new Parameter(name, decayed, initial, partShape))
                        .toList()));
        return whole;
    }
}
