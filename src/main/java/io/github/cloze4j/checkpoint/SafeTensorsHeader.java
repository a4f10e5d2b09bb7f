package io.github.cloze4j.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, checked against the length of the data behind it.
 *
 * @param metadata the free strings
 * @param entries the tensors by name, in the order of the data
 */
record SafeTensorsHeader(Map<String, String> metadata, Map<String, Entry> entries) {
    /** The limit of the reference implementation. */
    static final long MAXIMUM_LENGTH = 100_000_000;

    /** Where a tensor lies; offsets count from the end of the header. */
    record Entry(String name, TensorType type, long[] shape, long begin, long end) {}

    /** Parses and checks; {@link IOException} says what is wrong, without the name of the file. */
    static SafeTensorsHeader parse(ByteBuffer bytes, long dataLength) throws IOException {
        // JSON allows white space here; the format does not.
        if (!bytes.hasRemaining() || bytes.get(bytes.position()) != '{') {
            throw new IOException("expected a header that begins with {");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = StrictJson.readObject(bytes, parser -> readEntries(parser, metadata));
        // Stable, by both ends: empty tensors come before the one that begins where they lie.
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        Map<String, Entry> byName = new LinkedHashMap<>();
        long position = 0;
        for (Entry entry : entries) {
            if (entry.begin() != position) {
                throw new IOException("expected the data of tensor " + entry.name() + " at offset " + position
                        + ", received offset " + entry.begin()
                        + (entry.begin() < position ? " (overlap)" : " (hole)"));
            }
            position = entry.end();
            byName.put(entry.name(), entry);
        }
        if (position != dataLength) {
            throw new IOException("expected " + position + " bytes of data after the header, received " + dataLength);
        }
        return new SafeTensorsHeader(metadata, byName);
    }

    private static List<Entry> readEntries(JsonParser parser, Map<String, String> metadata) throws IOException {
        List<Entry> entries = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            StrictJson.expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
            if (name.equals(NamedTensor.METADATA)) {
                metadata.putAll(StrictJson.readStrings(parser));
            } else {
                entries.add(readEntry(parser, name));
            }
        }
        return entries;
    }

    private static Entry readEntry(JsonParser parser, String name) throws IOException {
        TensorType type = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            switch (field) {
                case "dtype" -> type = type(parser, name);
                case "shape" -> shape = counts(parser, NamedTensor.MAXIMUM_RANK);
                case "data_offsets" -> offsets = counts(parser, 2);
                default ->
                    throw StrictJson.failure(
                            parser, "expected dtype, shape and data_offsets of tensor " + name + ", received " + field);
            }
        }
        return entry(name, type, shape, offsets);
    }

    private static Entry entry(
            String name, @Nullable TensorType type, long @Nullable [] shape, long @Nullable [] offsets)
            throws IOException {
        if (type == null || shape == null || offsets == null || offsets.length != 2) {
            throw new IOException("expected dtype, shape and two data_offsets of tensor " + name
                    + ", received an entry that lacks some");
        }
        long expected;
        try {
            expected = NamedTensor.byteLength(type, shape);
        } catch (ArithmeticException e) {
            throw new IOException(
                    "expected less than 2^63 bytes in tensor " + name + ", received shape " + Arrays.toString(shape),
                    e);
        }
        // Both are at least 0, so the difference cannot overflow.
        long received = offsets[1] - offsets[0];
        if (received != expected) {
            throw new IOException("expected " + expected + " bytes of tensor " + name + " of type " + type
                    + " and shape " + Arrays.toString(shape) + ", received offsets " + Arrays.toString(offsets));
        }
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static TensorType type(JsonParser parser, String name) throws IOException {
        String text = StrictJson.readString(parser);
        for (TensorType type : TensorType.values()) {
            if (type.name().equals(text)) {
                return type;
            }
        }
        throw StrictJson.failure(
                parser,
                "expected one of " + Arrays.toString(TensorType.values()) + " as type of tensor " + name + ", received "
                        + text);
    }

    private static long[] counts(JsonParser parser, int atMost) throws IOException {
        StrictJson.expect(parser, parser.nextToken(), JsonToken.START_ARRAY);
        long[] counts = new long[atMost];
        int length = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (length == atMost) {
                throw StrictJson.failure(parser, "expected at most " + atMost + " numbers, received more");
            }
            counts[length++] = StrictJson.currentCount(parser);
        }
        return Arrays.copyOf(counts, length);
    }
}
