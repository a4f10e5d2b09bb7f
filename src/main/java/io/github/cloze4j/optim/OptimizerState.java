package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Numbers that an optimizer keeps of former steps: one for each number of some of the trained parameters, such as their first
 * moment. They have the order of the {@link ParameterStore}, without room for the other parameters.
 */
public final class OptimizerState implements AutoCloseable {
    private final String name;
    private final Arena arena;
    private final Map<String, Long> offsets;

    private OptimizerState(String name, Arena arena, Map<String, Long> offsets) {
        this.name = name;
        this.arena = arena;
        this.offsets = offsets;
    }

    /**
     * Allocates numbers, all 0.
     *
     * @param name as checkpoints have it
     * @param which the trained parameters that have such numbers; all parts of stacked parameters or none
     */
    static OptimizerState allocate(String name, ParameterStore parameters, Predicate<Parameter> which) {
        Map<String, Long> offsets = new LinkedHashMap<>();
        List<Parameter> trained = parameters.trained();
        long length = 0;
        for (int i = 0; i < trained.size(); i++) {
            if (which.test(trained.get(i))) {
                offsets.put(trained.get(i).name(), length);
                long end = i + 1 < trained.size() ? parameters.offset(trained.get(i + 1)) : parameters.trainedLength();
                length += end - parameters.offset(trained.get(i));
            }
        }
        return new OptimizerState(name, Arena.allocate(parameters.type(), length), offsets);
    }

    /** The name in checkpoints. */
    public String name() {
        return name;
    }

    /** All numbers. */
    public Arena arena() {
        return arena;
    }

    /** Whether there are such numbers of a parameter. */
    public boolean has(Parameter parameter) {
        return offsets.containsKey(parameter.name());
    }

    /** The numbers of a parameter that has some, in its shape. */
    public INDArray of(Parameter parameter) {
        return arena.view(offset(parameter), parameter.shape());
    }

    /** {@code length} numbers from those of a parameter on. */
    INDArray range(Parameter first, long length) {
        return arena.view(offset(first), length);
    }

    private long offset(Parameter parameter) {
        Long offset = offsets.get(parameter.name());
        if (offset == null) {
            throw new IllegalArgumentException(
                    "Expected one of " + offsets.keySet() + ". Received: " + parameter.name());
        }
        return offset;
    }

    /** Frees the numbers. */
    @Override
    public void close() {
        arena.close();
    }
}
