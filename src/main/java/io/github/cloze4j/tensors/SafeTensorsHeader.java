package io.github.cloze4j.tensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

    /** Hundreds of times what any BERT has: a tensor takes more memory than its entry takes in the file. */
    static final int MAXIMUM_TENSORS = 100_000;

    /** The most characters of all keys and values of the metadata together. */
    static final int MAXIMUM_METADATA = 1 << 22;

    /** A type that the format has, or may have one day. */
    private static final Pattern TYPE_NAME = Pattern.compile("[A-Z][A-Z0-9_]{0,31}");

    private static final Map<String, TensorType> TYPES =
            Arrays.stream(TensorType.values()).collect(Collectors.toMap(TensorType::name, type -> type));

    /**
     * Where a tensor lies; offsets count from the end of the header.
     *
     * @param type null if Cloze4J does not read this type; the length is then not compared with the shape
     */
    record Entry(String name, String typeName, @Nullable TensorType type, long[] shape, long begin, long end) {}

    /**
     * Parses and checks in bounded memory; {@link IOException} says what is wrong, without the name of the file.
     *
     * @param bytes the header's text
     */
    static SafeTensorsHeader parse(InputStream bytes, long dataLength) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = StrictJson.readStream(bytes, parser -> readEntries(parser, metadata));
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

    /** @throws IllegalArgumentException if a file with these could be written but not be read */
    static void requireReadable(List<? extends TensorSource> tensors, Map<String, String> metadata) {
        long characters = metadata.entrySet().stream()
                .mapToLong(entry ->
                        Long.BYTES + entry.getKey().length() + entry.getValue().length())
                .sum();
        int longest = tensors.stream()
                .mapToInt(tensor -> tensor.name().length())
                .max()
                .orElse(0);
        if (tensors.size() > MAXIMUM_TENSORS
                || characters > MAXIMUM_METADATA
                || longest > StrictJson.LONGEST_STREAMED) {
            throw new IllegalArgumentException("Expected at most " + MAXIMUM_TENSORS + " tensors, names of at most "
                    + StrictJson.LONGEST_STREAMED + " characters and metadata of at most " + MAXIMUM_METADATA
                    + ". Received: " + tensors.size() + " tensors, a name of " + longest
                    + " characters and metadata of "
                    + characters + ". Write less");
        }
    }

    private static List<Entry> readEntries(JsonParser parser, Map<String, String> metadata) throws IOException {
        List<Entry> entries = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            StrictJson.expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
            if (name.equals(NamedTensor.METADATA)) {
                readMetadata(parser, metadata);
            } else {
                if (entries.size() == MAXIMUM_TENSORS) {
                    throw StrictJson.failure(parser, "expected at most " + MAXIMUM_TENSORS + " tensors, received more");
                }
                entries.add(readEntry(parser, name));
            }
        }
        return entries;
    }

    private static void readMetadata(JsonParser parser, Map<String, String> metadata) throws IOException {
        long characters = 0;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String value = StrictJson.readString(parser);
            // Each entry takes memory of its own, however short it is.
            characters += Long.BYTES + key.length() + value.length();
            if (characters > MAXIMUM_METADATA) {
                throw StrictJson.failure(
                        parser, "expected metadata of at most " + MAXIMUM_METADATA + " characters, received more");
            }
            metadata.put(key, value);
        }
    }

    private static Entry readEntry(JsonParser parser, String name) throws IOException {
        String type = null;
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
            String name, @Nullable String typeName, long @Nullable [] shape, long @Nullable [] offsets)
            throws IOException {
        if (typeName == null || shape == null || offsets == null || offsets.length != 2) {
            throw new IOException("expected dtype, shape and two data_offsets of tensor " + name
                    + ", received an entry that lacks some");
        }
        TensorType type = TYPES.get(typeName);
        // Both are at least 0, so the difference cannot overflow.
        long received = offsets[1] - offsets[0];
        long expected;
        try {
            expected = type == null ? Math.max(0, received) : NamedTensor.byteLength(type, shape);
        } catch (ArithmeticException e) {
            throw new IOException(
                    "expected less than 2^63 bytes in tensor " + name + ", received shape " + Arrays.toString(shape),
                    e);
        }
        if (received != expected) {
            throw new IOException("expected " + expected + " bytes of tensor " + name + " of type " + typeName
                    + " and shape " + Arrays.toString(shape) + ", received offsets " + Arrays.toString(offsets));
        }
        return new Entry(name, typeName, type, shape, offsets[0], offsets[1]);
    }

    private static String type(JsonParser parser, String name) throws IOException {
        String text = StrictJson.readString(parser);
        if (!TYPE_NAME.matcher(text).matches()) {
            throw StrictJson.failure(
                    parser,
                    "expected one of " + Arrays.toString(TensorType.values()) + " as type of tensor " + name
                            + ", received " + StrictJson.quoted(text));
        }
        return text;
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
