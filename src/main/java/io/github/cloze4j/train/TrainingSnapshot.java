package io.github.cloze4j.train;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorSource;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A run as a {@link TrainingCheckpoint}, and back. */
final class TrainingSnapshot {
    private static final String SETTING = "setting.";
    private static final String DATA_CHECKSUM = "data_crc32c";

    private final ParameterStore parameters;
    private final TrainingConfig config;
    private final long dataChecksum;
    private final Map<String, Arena> arenas = new LinkedHashMap<>();

    /** @param dataChecksum of the documents that the run is trained on; 0 if nothing is saved */
    TrainingSnapshot(ParameterStore parameters, AdamW optimizer, TrainingConfig config, long dataChecksum) {
        this.parameters = parameters;
        this.config = config;
        this.dataChecksum = dataChecksum;
        arenas.put("value", parameters.values());
        arenas.put("first_moment", optimizer.firstMoments());
        arenas.put("second_moment", optimizer.secondMoments());
    }

    /** Saves the run. The numbers go from the arenas to the disk piece by piece. */
    Path save(CheckpointStore store, TrainingState state) {
        List<TensorSource> tensors = new ArrayList<>();
        forEachTensor((name, parameter, array) ->
                tensors.add(new Stored(name, tensorType(), parameter, array, parameters.kernels())));
        Map<String, String> map = state.toMap();
        map.put(DATA_CHECKSUM, hexadecimal(dataChecksum));
        settingsOfTheData().forEach((name, value) -> map.put(SETTING + name, value));
        return store.save(state.step, map, tensors);
    }

    /** The state in a checkpoint that {@link #restore} can restore; overwrites nothing. */
    TrainingState check(TrainingCheckpoint checkpoint) {
        requireSameData(checkpoint.state());
        requireSameSettings(checkpoint.state());
        Map<String, NamedTensor> tensors = byName(checkpoint);
        forEachTensor((name, parameter, array) -> matching(tensors, name, parameter.shape()));
        return TrainingState.fromMap(checkpoint.state());
    }

    /** Overwrites parameters and moments with those of a checkpoint that {@link #check} has passed. */
    void restore(TrainingCheckpoint checkpoint) {
        Map<String, NamedTensor> tensors = byName(checkpoint);
        forEachTensor((name, parameter, array) -> parameters
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

    private void forEachTensor(TensorWork work) {
        arenas.forEach((prefix, arena) -> {
            for (Parameter parameter : parameters.parameters()) {
                // Frozen parameters have values only.
                if (parameter.trained() || arena == parameters.values()) {
                    work.run(prefix + "/" + parameter.name(), parameter, parameters.view(arena, parameter));
                }
            }
        });
    }

    private NamedTensor matching(Map<String, NamedTensor> tensors, String name, long[] shape) {
        NamedTensor tensor = tensors.get(name);
        if (tensor == null || tensor.type() != tensorType() || !Arrays.equals(tensor.shape(), shape)) {
            throw new CheckpointFormatException("Expected a checkpoint of this model with tensor " + name + " "
                    + tensorType() + Arrays.toString(shape) + ". Received: " + (tensor == null ? "none" : tensor)
                    + ". Resume with the shape and precision that the run began with");
        }
        return tensor;
    }

    /** The settings that decide which tokens stand at a cursor. All other settings may change when a run is resumed. */
    private Map<String, String> settingsOfTheData() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("batch_size", Integer.toString(config.batchSize()));
        settings.put("seq_len", Integer.toString(config.seqLen()));
        settings.put("mask_probability", Double.toString(config.maskProbability()));
        settings.put("masking", config.masking().name());
        settings.put("objective", config.objective().name());
        settings.put("mask_replace_probability", Double.toString(config.maskReplaceProbability()));
        settings.put("random_replace_probability", Double.toString(config.randomReplaceProbability()));
        settings.put("seed", Long.toString(config.seed()));
        return settings;
    }

    private void requireSameData(Map<String, String> state) {
        String expected = stated(state, DATA_CHECKSUM);
        String received = hexadecimal(dataChecksum);
        if (!received.equals(expected)) {
            throw new IllegalArgumentException("Expected the documents that the run was trained on, with checksum "
                    + expected + ". Received: others, or the same prepared otherwise, with checksum " + received
                    + ". Resume with the former data, or begin another run");
        }
    }

    private static String hexadecimal(long crc32c) {
        return String.format("%08x", crc32c);
    }

    private static String stated(Map<String, String> state, String name) {
        String value = state.get(name);
        if (value == null) {
            throw new CheckpointFormatException("Expected " + name + " in the state of a checkpoint. Received: none."
                    + " Resume with the version of Cloze4J that wrote it");
        }
        return value;
    }

    private void requireSameSettings(Map<String, String> state) {
        settingsOfTheData().forEach((name, received) -> {
            String expected = stated(state, SETTING + name);
            if (!received.equals(expected)) {
                throw new IllegalArgumentException("Expected " + name + " " + expected
                        + ", with which the run began. Received: " + received + ". Resume with the former value");
            }
        });
    }

    private TensorType tensorType() {
        return parameters.type() == DataType.DOUBLE ? TensorType.F64 : TensorType.F32;
    }
}
