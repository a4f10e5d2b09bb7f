package io.github.cloze4j.nn;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.OneThread;
import io.github.cloze4j.nn.ParameterLayout.Block;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All parameters of a model in two flat arenas of one layout, values and gradients. What decays stands first, so that the
 * optimizer, clipping and checkpoints are single passes over flat memory. Gaps between parameters stay 0.
 *
 * <p>Gradients take memory from their first use on: that of an optimizer's construction or of a backward pass. A model that
 * only infers has none.
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
    private final long length;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Long> offsets = new LinkedHashMap<>();
    /** Parameters as layers use them, stacked ones whole, and the parts of those. */
    private final Map<Parameter, Long> bound = new LinkedHashMap<>();

    private final OneThread training =
            new OneThread("a model", "Train models of your own in each thread, or one after the other");

    private volatile @Nullable Arena gradients;
    private volatile boolean closed;

    /**
     * Allocates the values of what the layers declared, all 0.
     *
     * @throws IllegalArgumentException if {@code type} is not that of the kernels
     * @throws BackendException if the kernels' memory has no room for the values
     */
    public ParameterStore(ParameterLayout layout, Kernels kernels, DataType type) {
        if (type != kernels.type()) {
            throw new IllegalArgumentException(
                    "Expected " + kernels.type() + ", which the kernels compute in. Received: " + type
                            + ". Ask KernelProviders for kernels of that type");
        }
        this.kernels = kernels;
        this.type = type;
        List<Block> ordered = new ArrayList<>(layout.blocks());
        ordered.sort((a, b) -> Boolean.compare(b.whole().decayed(), a.whole().decayed()));
        decayedLength = ordered.stream()
                .filter(block -> block.whole().decayed())
                .mapToLong(block -> alignedLength(block, type))
                .sum();
        length = ordered.stream().mapToLong(block -> alignedLength(block, type)).sum();
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
            offset += alignedLength(block, type);
        }
        for (Block block : layout.blocks()) {
            for (Parameter part : block.parts()) {
                if (parameters.put(part.name(), part) != null) {
                    throw new IllegalArgumentException("Expected each parameter once. Received twice: " + part.name());
                }
            }
        }
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

    /** The parameter of that name. */
    public Parameter parameter(String name) {
        Parameter parameter = parameters.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("Expected one of " + parameters.keySet() + ". Received: " + name);
        }
        return parameter;
    }

    /** The part of {@code arena}, an arena of this store's {@link #length()}, that belongs to {@code parameter}. */
    public INDArray view(Arena arena, Parameter parameter) {
        requireOpen();
        return arena.view(offsets.getOrDefault(parameter.name(), -1L), parameter.shape());
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

    /** All gradients, gaps included; allocated by the first call, whichever thread it comes from, and 0 then. */
    public Arena gradients() {
        requireOpen();
        Arena allocated = gradients;
        return allocated == null ? allocateGradients() : allocated;
    }

    private synchronized Arena allocateGradients() {
        requireOpen();
        Arena allocated = gradients;
        if (allocated == null) {
            Arena arena = Arena.allocate(type, length);
            bound.forEach((parameter, offset) -> parameter.bindGradient(arena.view(offset, parameter.shape())));
            gradients = arena;
            allocated = arena;
        }
        return allocated;
    }

    /** Whether gradients have been asked for, so that they take as much memory as the values. */
    public boolean hasGradients() {
        return gradients != null;
    }

    /** Elements {@code [0, decayedLength)} decay, the rest up to {@link #length()} does not. */
    public long decayedLength() {
        return decayedLength;
    }

    /** Elements of each arena, gaps included. */
    public long length() {
        return length;
    }

    /** Trained numbers, gaps not included. */
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

    /** Of every array. */
    public DataType type() {
        return type;
    }

    /** What computes on them. */
    public Kernels kernels() {
        return kernels;
    }

    /**
     * Sets all gradients to 0: before the first micro-batch of a step.
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

    /** The memory that the values of such a store take; allocates none. */
    public static long bytes(ParameterLayout layout, DataType type) {
        return layout.blocks().stream()
                        .mapToLong(block -> alignedLength(block, type))
                        .sum()
                * type.width();
    }

    private static long alignedLength(Block block, DataType type) {
        return Arena.aligned(block.whole().length(), type);
    }
}
