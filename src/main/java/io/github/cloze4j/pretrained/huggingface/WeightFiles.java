package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.pretrained.ModelFile;
import io.github.cloze4j.pretrained.NameList;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import io.github.cloze4j.tensors.TensorSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The tensors of a model directory, in {@code model.safetensors} or in the shards that {@code
 * model.safetensors.index.json} names. Where both are there the single file counts, as in {@code transformers}.
 */
final class WeightFiles implements WeightSource {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = SINGLE + ".index.json";

    /** Metadata: the CRC-32C of a file's data, in hexadecimal, so that damage to the numbers is noticed too. */
    static final String CHECKSUM = "cloze4j_crc32c";

    /** Weights in formats that are programs for other interpreters. */
    private static final List<String> FOREIGN =
            List.of("pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack");

    private final Path path;
    private final Map<Path, SafeTensorsFile> open = new LinkedHashMap<>();
    private final Map<String, SafeTensorsFile> byTensor = new LinkedHashMap<>();
    private final List<String> remarks = new ArrayList<>();

    private WeightFiles(Path path) {
        this.path = path;
    }

    /**
     * Opens the files and checks their headers, and that each tensor is in one file only.
     *
     * @throws CheckpointFormatException if files are missing or damaged, or a tensor is in two
     */
    static WeightFiles open(Path directory) {
        Path single = directory.resolve(SINGLE);
        Path index = directory.resolve(INDEX);
        boolean sharded = !Files.isRegularFile(single);
        if (sharded && !Files.isRegularFile(index)) {
            throw missing(directory);
        }
        WeightFiles files = new WeightFiles(sharded ? index : single);
        try {
            if (sharded) {
                files.openShards(directory, ShardIndex.read(index));
            } else {
                SafeTensorsFile file = files.open(single, SINGLE);
                file.names().forEach(name -> files.byTensor.put(name, file));
            }
            return files;
        } catch (RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    private static CheckpointFormatException missing(Path directory) {
        List<String> foreign = FOREIGN.stream()
                .filter(name -> Files.exists(directory.resolve(name)))
                .toList();
        return new CheckpointFormatException(directory + ": Expected " + SINGLE + " or " + INDEX + ". Received: "
                + (foreign.isEmpty()
                        ? "neither. Name another directory, or bring the missing file there"
                        : foreign + ", which are not read here. Load the model with transformers and save it with"
                                + " save_pretrained, which writes safetensors"));
    }

    private SafeTensorsFile open(Path file, String name) {
        if (!Files.isRegularFile(file)) {
            throw ModelFile.DAMAGE.of(path, "the file " + name + " beside it", "no such file", null);
        }
        SafeTensorsFile opened = SafeTensors.open(file);
        open.put(file, opened);
        return opened;
    }

    /** A tensor that is elsewhere than the index says is read from there, as in {@code transformers}. */
    private void openShards(Path directory, ShardIndex index) {
        Map<String, String> expected = index.weightMap();
        List<String> twice = new ArrayList<>();
        List<String> elsewhere = new ArrayList<>();
        for (String name : index.files()) {
            SafeTensorsFile file = open(directory.resolve(name), name);
            for (String tensor : file.names()) {
                if (byTensor.put(tensor, file) != null) {
                    twice.add(tensor);
                }
                if (!name.equals(expected.get(tensor))) {
                    elsewhere.add(tensor + " in " + name + " instead of " + expected.getOrDefault(tensor, "nowhere"));
                }
            }
        }
        if (!twice.isEmpty()) {
            throw ModelFile.DAMAGE.of(path, "every tensor in one file", "in two: " + NameList.of(twice), null);
        }
        addRemark(elsewhere, "are in other files than the index says");
        List<String> absent = expected.keySet().stream()
                .filter(tensor -> !byTensor.containsKey(tensor))
                .toList();
        addRemark(absent, "are named by the index, and no file has them");
    }

    private void addRemark(List<String> tensors, String remark) {
        if (!tensors.isEmpty()) {
            remarks.add(tensors.size() + " " + remark + ": " + NameList.of(tensors));
        }
    }

    @Override
    public List<String> remarks() {
        return List.copyOf(remarks);
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(byTensor.keySet());
    }

    @Override
    public String typeName(String name) {
        return file(name).typeName(name);
    }

    @Override
    public long[] shape(String name) {
        return file(name).shape(name);
    }

    @Override
    public NamedTensor tensor(String name) {
        return file(name).tensor(name);
    }

    private SafeTensorsFile file(String name) {
        SafeTensorsFile file = byTensor.get(name);
        if (file == null) {
            throw ModelFile.DAMAGE.of(path, "a tensor " + name, "none", null);
        }
        return file;
    }

    @Override
    public boolean mayHaveOtherHeads() {
        return false;
    }

    @Override
    public void checkSums(List<String> encoder) {
        open.forEach((file, tensors) -> {
            String expected = tensors.metadata().get(CHECKSUM);
            if (expected != null) {
                String received =
                        checksum(tensors.names().stream().map(tensors::tensor).toList());
                if (!received.equals(expected)) {
                    throw ModelFile.DAMAGE.of(file, "the checksum " + expected + " of the data", received, null);
                }
            }
        });
    }

    /** What {@link #CHECKSUM} says of these tensors, in the order of their data. */
    static String checksum(List<? extends TensorSource> tensors) {
        CRC32C sum = new CRC32C();
        TensorSource.forEachPiece(tensors, sum::update);
        return String.format("%08x", sum.getValue());
    }

    @Override
    public void close() {
        open.values().forEach(SafeTensorsFile::close);
    }
}
