package io.github.cloze4j.train;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.Optimizer;
import io.github.cloze4j.optim.OptimizerState;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorSource;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A run as a {@link TrainingCheckpoint}, and back. */
final class TrainingSnapshot {
    private static final String SETTING = "setting.";
    private static final String VALUE = "value";

    private static final String BEST = "best";

    private final ParameterStore parameters;
    private final Optimizer optimizer;
    private final @Nullable Arena best;
    private final Supplier<Map<String, String>> identity;

    /**
     * @param best the memory of the weights of the best model until now; null if they are not kept
     * @param identity the settings and data that resuming must find the same; it is asked when a checkpoint needs them
     */
    TrainingSnapshot(
            ParameterStore parameters,
            Optimizer optimizer,
            @Nullable Arena best,
            Supplier<Map<String, String>> identity) {
        this.parameters = parameters;
        this.optimizer = optimizer;
        this.best = best;
        this.identity = identity;
    }

    /** The run as it is, copied into the Java heap. */
    TrainingCheckpoint capture(TrainingState state) {
        List<NamedTensor> tensors = new ArrayList<>();
        forEachTensor(state, (name, parameter, array) -> {
            ByteBuffer data = ByteBuffer.allocate(
                            Math.toIntExact(array.length() * tensorType().width()))
                    .order(ByteOrder.nativeOrder());
            parameters.kernels().download(array, data);
            tensors.add(new NamedTensor(name, tensorType(), parameter.shape(), data));
        });
        return new TrainingCheckpoint(state.step, describe(state), tensors);
    }

    /** Saves the run. The numbers go from the arenas to the disk piece by piece. */
    Path save(CheckpointStore store, TrainingState state) {
        List<TensorSource> tensors = new ArrayList<>();
        forEachTensor(
                state,
                (name, parameter, array) ->
                        tensors.add(new Stored(name, tensorType(), parameter, array, parameters.kernels())));
        return store.save(state.step, describe(state), tensors);
    }

    /** Checks that a model and the moments of its optimizer are finite. */
    void requireFinite(TrainingState state) {
        Divergence.requireFiniteModel(parameters, optimizer, state.step);
    }

    /**
     * The state in a checkpoint.
     *
     * @throws IllegalArgumentException if the task has other data or settings than the run began with
     */
    TrainingState state(TrainingCheckpoint checkpoint) {
        requireSameTask(checkpoint.state());
        return TrainingState.fromMap(checkpoint.state());
    }

    /** Checks that {@link #restore} can restore a checkpoint; overwrites nothing. */
    void check(TrainingCheckpoint checkpoint, TrainingState state) {
        Map<String, NamedTensor> tensors = byName(checkpoint);
        forEachTensor(state, (name, parameter, array) -> matching(tensors, name, parameter.shape()));
        requireNoOtherNumbers(tensors.keySet());
    }

    /** A run that goes on without numbers that its optimizer kept would be another run. */
    private void requireNoOtherNumbers(Set<String> names) {
        for (Parameter parameter : parameters.parameters()) {
            String suffix = "/" + parameter.name();
            Set<String> known = new HashSet<>(Set.of(VALUE + suffix, BEST + suffix));
            optimizer.state().stream()
                    .filter(kept -> kept.has(parameter))
                    .forEach(kept -> known.add(kept.name() + suffix));
            names.stream()
                    .filter(name -> name.endsWith(suffix) && !known.contains(name))
                    .sorted()
                    .findFirst()
                    .ifPresent(name -> {
                        throw new CheckpointFormatException("Expected a checkpoint without " + name + ", since "
                                + (parameter.trained() ? "this optimizer does not keep it" : "the parameter is frozen")
                                + ". Received: a checkpoint of a run that kept it. Resume with the optimizer and the"
                                + " frozen parameters that the run began with");
                    });
        }
    }

    /**
     * Overwrites parameters, moments and the best weights with those of a checkpoint.
     *
     * @param state a state with which the checkpoint has passed {@link #check}
     */
    void restore(TrainingCheckpoint checkpoint, TrainingState state) {
        Map<String, NamedTensor> tensors = byName(checkpoint);
        forEachTensor(state, (name, parameter, array) -> parameters
                .kernels()
                .upload(matching(tensors, name, parameter.shape()).data(), array));
    }

    private static Map<String, NamedTensor> byName(TrainingCheckpoint checkpoint) {
        return checkpoint.tensors().stream().collect(Collectors.toMap(NamedTensor::name, Function.identity()));
    }

    /** A parameter or a moment in the memory of the kernels. */
    private record Stored(String name, TensorType type, Parameter parameter, INDArray array, Kernels kernels)
            implements TensorSource {
        @Override
        public long[] shape() {
            return parameter.shape();
        }

        @Override
        public void read(long position, ByteBuffer into) {
            int width = type.width();
            kernels.download(Arena.part(array, position / width, into.remaining() / width), into);
        }
    }

    private interface TensorWork {
        void run(String name, Parameter parameter, INDArray array);
    }

    private void forEachTensor(TrainingState state, TensorWork work) {
        forEachTensor(VALUE, parameters.values(), work);
        for (OptimizerState kept : optimizer.state()) {
            for (Parameter parameter : parameters.parameters()) {
                if (kept.has(parameter)) {
                    work.run(kept.name() + "/" + parameter.name(), parameter, kept.of(parameter));
                }
            }
        }
        if (best != null && state.best != null && state.best.exists()) {
            forEachTensor(BEST, best, work);
        }
    }

    private void forEachTensor(String prefix, Arena arena, TensorWork work) {
        for (Parameter parameter : parameters.parameters()) {
            // Frozen parameters have values only.
            if (parameter.trained() || arena == parameters.values()) {
                work.run(prefix + "/" + parameter.name(), parameter, parameters.view(arena, parameter));
            }
        }
    }

    private NamedTensor matching(Map<String, NamedTensor> tensors, String name, long[] shape) {
        NamedTensor tensor = tensors.get(name);
        if (tensor == null || tensor.type() != tensorType() || !Arrays.equals(tensor.shape(), shape)) {
            throw new CheckpointFormatException("Expected a checkpoint of this model with tensor " + name + " "
                    + tensorType() + Arrays.toString(shape) + ". Received: " + (tensor == null ? "none" : tensor)
                    + ". Resume with the shape, precision, optimizer and frozen parameters that the run began with");
        }
        return tensor;
    }

    /** The state of a run, and what it is trained on. */
    private Map<String, String> describe(TrainingState state) {
        Map<String, String> map = state.toMap();
        identity.get().forEach((name, value) -> map.put(SETTING + name, value));
        return map;
    }

    private static String stated(Map<String, String> state, String name) {
        String value = state.get(name);
        if (value == null) {
            throw new CheckpointFormatException("Expected " + name + " in the state of a checkpoint. Received: none."
                    + " Resume with the version of Cloze4J that wrote it");
        }
        return value;
    }

    private void requireSameTask(Map<String, String> state) {
        identity.get().forEach((name, received) -> {
            String expected = stated(state, SETTING + name);
            if (!received.equals(expected)) {
                throw new IllegalArgumentException("Expected " + name + " " + expected
                        + ", with which the run began. Received: " + received
                        + ". Resume with the data and the settings of before, or begin another run");
            }
        });
    }

    private TensorType tensorType() {
        return parameters.type() == DataType.DOUBLE ? TensorType.F64 : TensorType.F32;
    }
}
