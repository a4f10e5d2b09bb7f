package io.github.cloze4j.nn;

import io.github.cloze4j.nn.Parameter.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The parameters that layers declare before memory is allocated, and which of them are trained. Parameters declared
 * together as one block are adjacent in memory, so that several weights are one matrix to a product. A name that was declared
 * before is refused with an {@link IllegalArgumentException}, except in {@link #sharing}.
 */
public final class ParameterLayout {
    /** Parameters that follow each other without a gap, and the parameter that covers them all. */
    record Block(Parameter whole, List<Parameter> parts) {}

    private final Predicate<String> trained;
    private final List<Block> blocks;
    private final Map<String, Parameter> declared;
    private final boolean shares;

    /** A layout of which all parameters are trained. */
    public ParameterLayout() {
        this(name -> true);
    }

    /**
     * A layout of which some parameters are frozen: training neither changes them nor computes their gradients.
     *
     * @param trained whether a parameter, given by its name, is trained. A parameter that several layers use, such as tied
     *     word embeddings, is trained or frozen in all of them
     */
    public ParameterLayout(Predicate<String> trained) {
        this(trained, new ArrayList<>(), new HashMap<>(), false);
    }

    private ParameterLayout(
            Predicate<String> trained, List<Block> blocks, Map<String, Parameter> declared, boolean shares) {
        this.trained = trained;
        this.blocks = blocks;
        this.declared = declared;
        this.shares = shares;
    }

    /**
     * This layout for layers that may share their parameters with others: a weight or a bias that was declared before is given
     * again, if it has the same shape.
     */
    public ParameterLayout sharing() {
        return new ParameterLayout(trained, blocks, declared, true);
    }

    /** The matrix {@code [out, in]} of a layer between hidden activations, which decays ({@link Parameter#isHiddenMatrix}). */
    public Parameter hiddenMatrix(String name, Initial initial, long out, long in) {
        return single(new Parameter(name, Role.HIDDEN_MATRIX, initial, trained.test(name), out, in));
    }

    /** A weight that is no hidden matrix: an embedding table, the last layer of a head, a low-rank update. It decays. */
    public Parameter weight(String name, Initial initial, long... shape) {
        return single(new Parameter(name, Role.OTHER_WEIGHT, initial, trained.test(name), shape));
    }

    /** A bias or a LayerNorm parameter, which does not decay. */
    public Parameter undecayed(String name, Initial initial, long... shape) {
        return single(new Parameter(name, Role.UNDECAYED, initial, trained.test(name), shape));
    }

    /**
     * One {@code [names * rows, columns]} weight made of {@code names.size()} hidden matrices {@code [rows, columns]}.
     *
     * @throws IllegalArgumentException if some of the weights are trained and the others frozen: one product computes them and
     *     their gradient
     */
    public Parameter stackedWeights(List<String> names, Initial initial, long rows, long columns) {
        return stacked(names, Role.HIDDEN_MATRIX, initial, new long[] {rows, columns});
    }

    /**
     * One {@code [names * length]} bias made of {@code names.size()} biases {@code [length]}.
     *
     * @throws IllegalArgumentException if some of the biases are trained and the others frozen
     */
    public Parameter stackedBiases(List<String> names, Initial initial, long length) {
        return stacked(names, Role.UNDECAYED, initial, new long[] {length});
    }

    /** The declared parameters in their order; stacked parameters as their parts. */
    public List<Parameter> parameters() {
        return blocks.stream().flatMap(block -> block.parts().stream()).toList();
    }

    /** Whether any parameter that was declared so far is trained. */
    public boolean hasTrained() {
        return blocks.stream().anyMatch(block -> block.whole().trained());
    }

    List<Block> blocks() {
        return List.copyOf(blocks);
    }

    private Parameter single(Parameter parameter) {
        Parameter before = declared.get(parameter.name());
        if (shares && before != null && Arrays.equals(before.shape(), parameter.shape())) {
            return before;
        }
        add(new Block(parameter, List.of(parameter)));
        return parameter;
    }

    private Parameter stacked(List<String> names, Role role, Initial initial, long[] partShape) {
        boolean together = trained.test(names.get(0));
        if (names.stream().anyMatch(name -> trained.test(name) != together)) {
            throw new IllegalArgumentException("Expected parameters of one matrix to be trained or frozen together: "
                    + names + ". Received: trained "
                    + names.stream().filter(trained).toList());
        }
        long[] wholeShape = partShape.clone();
        wholeShape[0] *= names.size();
        Parameter whole = new Parameter(String.join("+", names), role, initial, together, wholeShape);
        add(new Block(
                whole,
                names.stream()
                        .map(name -> new Parameter(name, role, initial, together, partShape))
                        .toList()));
        return whole;
    }

    private void add(Block block) {
        for (Parameter part : block.parts()) {
            if (declared.putIfAbsent(part.name(), part) != null) {
                throw new IllegalArgumentException("Expected parameters of different names. Received twice: "
                        + part.name() + ". Give the parameters of each layer and each head names of their own");
            }
        }
        blocks.add(block);
    }
}
