package io.github.cloze4j.nn;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.OneThread;
import io.github.cloze4j.nn.ParameterLayout.Block;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All parameters of a model in two flat arenas of one layout, values and gradients. The layout has three ranges: parameters
 * that are trained and decay, parameters that are trained and do not decay, frozen parameters. So the optimizer, clipping and
 * checkpoints are single passes over flat memory. Gaps between parameters stay 0.
 *
 * <p>Gradients, like the moments of an optimizer, exist for the trained parameters only, {@code [0, trainedLength)}. They take
 * memory from their first use on: the construction of an optimizer, or a backward pass. A model that only infers has none.
 *
 * <p>Thread-safe, but for the content of the arrays: kernels read and write it, one thread at a time, and {@link #training}
 * refuses a second thread that trains. {@link #close} waits until the kernels compute nothing. Afterwards every array is
 * refused with an {@link IllegalStateException}.
 */
public final class ParameterStore implements AutoCloseable {
    private final DataType type;
    private final Kernels kernels;
    private final Arena values;
    private final long decayedLength;
    private final long trainedLength;
    private final long length;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Long> offsets = new LinkedHashMap<>();
    /** Parameters as layers use them, with stacked ones whole, and the parts of stacked ones. */
    private final Map<Parameter, Long> bound = new LinkedHashMap<>();

    private final OneThread training =
            new OneThread("a model", "Train models of your own in each thread, or one after the other");

    private volatile @Nullable Arena gradients;
    private volatile boolean closed;

    /**
     * Allocates the values of the declared parameters, all 0.
     *
     * @param kernels that compute with the parameters, whose number type they have
     * @throws BackendException if the kernels' memory has no room for the values
     */
    public ParameterStore(ParameterLayout layout, Kernels kernels) {
        this.kernels = kernels;
        type = kernels.type();
        List<Block> ordered = new ArrayList<>(layout.blocks());
        ordered.sort(Comparator.comparing(ParameterStore::range));
        decayedLength = length(ordered, type, range -> range == Range.DECAYED);
        trainedLength = length(ordered, type, range -> range != Range.FROZEN);
        length = length(ordered, type, range -> true);
        requireMemory(length * type.width());
        values = Arena.allocate(type, length);
        long offset = 0;
        for (Block block : ordered) {
            bind(block.whole(), offset);
            long partOffset = offset;
            for (Parameter part : block.parts()) {
                bind(part, partOffset);
                offsets.put(part.name(), partOffset);
                partOffset += part.length();
            }
            offset += Arena.aligned(block.whole().length(), type);
        }
        for (Block block : layout.blocks()) {
            for (Parameter part : block.parts()) {
                parameters.put(part.name(), part);
            }
        }
    }

    /** The ranges of the layout, in their order. */
    private enum Range {
        DECAYED,
        UNDECAYED,
        FROZEN
    }

    private static Range range(Block block) {
        if (!block.whole().trained()) {
            return Range.FROZEN;
        }
        return block.whole().decayed() ? Range.DECAYED : Range.UNDECAYED;
    }

    private static long length(List<Block> blocks, DataType type, Predicate<Range> ranges) {
        return blocks.stream()
                .filter(block -> ranges.test(range(block)))
                .mapToLong(block -> Arena.aligned(block.whole().length(), type))
                .sum();
    }

    /** The system would give the pages, and kill the process when they are used. */
    private void requireMemory(long bytes) {
        FreeMemory free = kernels.freeMemory();
        if (bytes > free.bytes()) {
            throw new BackendException("Expected a model that fits into memory: its parameters need "
                    + FreeMemory.readable(bytes) + ". Received: " + FreeMemory.readable(free.bytes()) + " free on "
                    + free.place() + ". Use a smaller model, or stop what else uses this memory");
        }
    }

    /** Every parameter once, in the order of the layers. */
    public List<Parameter> parameters() {
        return List.copyOf(parameters.values());
    }

    /** Whether there is a parameter of that name. */
    public boolean has(String name) {
        return parameters.containsKey(name);
    }

    /** The parameter of that name. */
    public Parameter parameter(String name) {
        Parameter parameter = parameters.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("Expected one of " + parameters.keySet() + ". Received: " + name);
        }
        return parameter;
    }

    /** The first element of a parameter in the values, and in the gradients if it is trained. */
    public long offset(Parameter parameter) {
        return offsets.getOrDefault(parameter.name(), -1L);
    }

    /**
     * The part of an arena that belongs to a parameter.
     *
     * @param arena of this store's {@link #length()}; {@link #trainedLength()} is enough for a trained parameter
     */
    public INDArray view(Arena arena, Parameter parameter) {
        requireOpen();
        return arena.view(offset(parameter), parameter.shape());
    }

    /**
     * All values, gaps included.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public Arena values() {
        requireOpen();
        return values;
    }

    /**
     * The gradients of all trained parameters, gaps included; allocated by the first call, whichever thread it comes from, and
     * 0 then.
     *
     * @throws IllegalStateException if all parameters are frozen, or after {@link #close}
     */
    public Arena gradients() {
        requireOpen();
        Arena allocated = gradients;
        return allocated == null ? allocateGradients() : allocated;
    }

    private synchronized Arena allocateGradients() {
        requireOpen();
        Arena allocated = gradients;
        if (allocated == null) {
            if (trainedLength == 0) {
                throw new IllegalStateException("Expected a model with a trained parameter. Received: a model whose "
                        + parameters.size() + " parameters are all frozen");
            }
            Arena arena = Arena.allocate(type, trainedLength);
            bound.forEach((parameter, offset) -> {
                if (parameter.trained()) {
                    parameter.bindGradient(arena.view(offset, parameter.shape()));
                }
            });
            gradients = arena;
            allocated = arena;
        }
        return allocated;
    }

    /** Whether the gradients are allocated. */
    public boolean hasGradients() {
        return gradients != null;
    }

    /** Elements {@code [0, decayedLength)} are trained and decay; those up to {@link #trainedLength()} do not decay. */
    public long decayedLength() {
        return decayedLength;
    }

    /** Elements of the gradients and of each moment, gaps included; elements from here on are frozen. */
    public long trainedLength() {
        return trainedLength;
    }

    /** Elements of the values, gaps included. */
    public long length() {
        return length;
    }

    /** Numbers of all parameters, trained and frozen, gaps not included. */
    public long parameterCount() {
        return parameters.values().stream().mapToLong(Parameter::length).sum();
    }

    /** @throws IllegalStateException after {@link #close} */
    public void requireOpen() {
        if (closed) {
            throw closedModel();
        }
    }

    static IllegalStateException closedModel() {
        return new IllegalStateException(
                "Expected an open model. Received: a closed one. Close a model after its last use");
    }

    /** Guards gradients and values against a second thread that changes them at the same time. */
    public OneThread training() {
        return training;
    }

    /** The number type of every array. */
    public DataType type() {
        return type;
    }

    /** The kernels that compute with the arrays. */
    public Kernels kernels() {
        return kernels;
    }

    /**
     * Sets all gradients to 0, before the first micro-batch of a step.
     *
     * @throws IllegalStateException if another thread trains the model
     */
    public void zeroGradients() {
        training.run(() -> {
            kernels.zero(gradients().flat());
            return this;
        });
    }

    /** Frees both arenas, after the work of another thread that holds the kernels. A second call does nothing. */
    @Override
    public void close() {
        kernels.exclusively(() -> {
            free();
            return this;
        });
    }

    private synchronized void free() {
        closed = true;
        bound.keySet().forEach(Parameter::close);
        values.close();
        if (gradients != null) {
            gradients.close();
        }
    }

    private void bind(Parameter parameter, long offset) {
        parameter.bind(values.view(offset, parameter.shape()), this::gradients);
        bound.put(parameter, offset);
    }

    /** The bytes that the values of a store would take; allocates nothing. */
    public static long bytes(ParameterLayout layout, DataType type) {
        return length(layout.blocks(), type, range -> true) * type.width();
    }

    /** The bytes that the gradients of a store would take, and each moment of all of them; allocates nothing. */
    public static long trainedBytes(ParameterLayout layout, DataType type) {
        return trainedBytes(layout, type, parameter -> true);
    }

    /**
     * The bytes of the gradients of some parameters of a store; allocates nothing.
     *
     * @param which treats all parts of stacked parameters alike
     */
    public static long trainedBytes(ParameterLayout layout, DataType type, Predicate<Parameter> which) {
        List<Block> blocks = layout.blocks().stream()
                .filter(block -> which.test(block.whole()))
                .toList();
        return length(blocks, type, range -> range != Range.FROZEN) * type.width();
    }

    /** The trained parameters in the order of their elements. */
    public List<Parameter> trained() {
        return parameters.values().stream()
                .filter(Parameter::trained)
                .sorted(Comparator.comparingLong(this::offset))
                .toList();
    }
}
