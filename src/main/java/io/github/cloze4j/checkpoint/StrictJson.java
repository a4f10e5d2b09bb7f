package io.github.cloze4j.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** JSON as the formats of this package demand it: UTF-8, no repeated key, nothing after the value, no coercion. */
final class StrictJson {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // The callers bound the whole text; what was written must be readable, also with long names.
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            // Names of tensors in damaged files must not stay in the memory that all parsers share.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private StrictJson() {}

    /** Reads one object from a parser that stands before its first field. */
    @FunctionalInterface
    interface ObjectReader<T> {
        T read(JsonParser parser) throws IOException;
    }

    /** Writes the fields of one object. */
    @FunctionalInterface
    interface ObjectWriter {
        void write(JsonGenerator generator) throws IOException;
    }

    /** Parses a text that is one object; {@link IOException} where it is anything else. */
    static <T> T readObject(ByteBuffer bytes, ObjectReader<T> reader) throws IOException {
        // Jackson would guess UTF-16 or UTF-32 from the bytes and let some malformed UTF-8 pass.
        String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        try (JsonParser parser = FACTORY.createParser(text)) {
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
            T value = reader.read(parser);
            expect(parser, parser.currentToken(), JsonToken.END_OBJECT);
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "expected the end after the object");
            }
            return value;
        }
    }

    /** Reads the fields of an object whose values are all strings, up to its end. */
    static Map<String, String> readStrings(JsonParser parser) throws IOException {
        Map<String, String> strings = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            strings.put(key, readString(parser));
        }
        return strings;
    }

    static String readString(JsonParser parser) throws IOException {
        expect(parser, parser.nextToken(), JsonToken.VALUE_STRING);
        return parser.getText();
    }

    /** Reads an integer from 0 to 2^63 - 1 at the current token. */
    static long currentCount(JsonParser parser) throws IOException {
        expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT);
        long value = parser.getLongValue();
        if (value < 0) {
            throw new JsonParseException(parser, "expected a number from 0, received " + value);
        }
        return value;
    }

    static void expect(JsonParser parser, @Nullable JsonToken received, JsonToken expected) throws IOException {
        if (received != expected) {
            throw new JsonParseException(parser, "expected " + expected + ", received " + received);
        }
    }

    /** The UTF-8 of an object; {@link IllegalArgumentException} where a text holds a lone surrogate. */
    static byte[] writeObject(boolean indented, ObjectWriter writer) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            if (indented) {
                generator.useDefaultPrettyPrinter();
            }
            generator.writeStartObject();
            writer.write(generator);
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory does not fail", e);
        }
        return encode(text.toString());
    }

    private static byte[] encode(String text) {
        try {
            // Jackson's own encoder and String.getBytes let lone surrogates pass or replace them.
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "expected text that UTF-8 can hold, received " + e
                            + "; remove lone surrogates from names and values",
                    e);
        }
    }

    /** Writes the fields sorted by key, so that equal content gives equal files. */
    static void writeStrings(JsonGenerator generator, Map<String, String> strings) throws IOException {
        for (Map.Entry<String, String> entry : new TreeMap<>(strings).entrySet()) {
            generator.writeStringField(entry.getKey(), entry.getValue());
        }
    }
}
