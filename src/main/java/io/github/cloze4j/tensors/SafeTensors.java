package io.github.cloze4j.tensors;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads and writes files in the safetensors format of Hugging Face. */
public final class SafeTensors {
    private static final int ALIGNMENT = 8;

    private SafeTensors() {}

    /**
     * Replaces a file atomically. Takes {@value TensorSource#PIECE_BYTES} bytes of direct memory. Wider types come first, so
     * that every element is aligned; otherwise the order stays.
     *
     * @throws Cloze4jException if the file cannot be written; a former file is then as it was
     */
    public static void write(Path path, List<? extends TensorSource> tensors, Map<String, String> metadata) {
        List<TensorSource> ordered = new ArrayList<>(tensors);
        ordered.sort(
                Comparator.comparingInt((TensorSource tensor) -> tensor.type().width())
                        .reversed());
        ByteBuffer head = head(ordered, metadata);
        AtomicFiles.write(path, channel -> {
            AtomicFiles.writeFully(channel, head);
            TensorSource.forEachPiece(ordered, piece -> AtomicFiles.writeFully(channel, piece));
        });
    }

    /**
     * Opens a file and checks its whole header.
     *
     * @throws CheckpointFormatException if the file cannot be read or breaks any rule of the format
     */
    public static SafeTensorsFile open(Path path) {
        return SafeTensorsFile.open(path);
    }

    private static ByteBuffer head(List<TensorSource> tensors, Map<String, String> metadata) {
        byte[] json = StrictJson.writeObject(false, generator -> writeHeader(generator, tensors, metadata));
        int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (padded > SafeTensorsHeader.MAXIMUM_LENGTH) {
            throw new IllegalArgumentException("Expected a header of at most " + SafeTensorsHeader.MAXIMUM_LENGTH
                    + " bytes. Received: " + padded + ". Write less metadata or fewer tensors");
        }
        // The format pads with spaces, which JSON ignores.
        byte[] text = Arrays.copyOf(json, padded);
        Arrays.fill(text, json.length, padded, (byte) ' ');
        return ByteBuffer.allocate(Long.BYTES + padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded)
                .put(text)
                .flip();
    }

    private static void writeHeader(JsonGenerator generator, List<TensorSource> tensors, Map<String, String> metadata)
            throws IOException {
        SafeTensorsHeader.requireReadable(tensors, metadata);
        if (!metadata.isEmpty()) {
            generator.writeObjectFieldStart(NamedTensor.METADATA);
            StrictJson.writeStrings(generator, metadata);
            generator.writeEndObject();
        }
        Set<String> names = new HashSet<>();
        long begin = 0;
        for (TensorSource tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException(
                        "Expected every name once. Received: " + tensor.name() + " twice. Rename one");
            }
            long end = Math.addExact(begin, tensor.byteLength());
            generator.writeObjectFieldStart(tensor.name());
            generator.writeStringField("dtype", tensor.type().name());
            writeNumbers(generator, "shape", tensor.shape());
            writeNumbers(generator, "data_offsets", begin, end);
            generator.writeEndObject();
            begin = end;
        }
    }

    private static void writeNumbers(JsonGenerator generator, String field, long... numbers) throws IOException {
        generator.writeFieldName(field);
        generator.writeArray(numbers, 0, numbers.length);
    }
}
