package io.github.cloze4j.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The one reader and writer of JSON files. It demands UTF-8, one object, no repeated key and nothing after the object.
 * {@code NaN} and {@code Infinity} are numbers, because Python writes them; who reads a number checks that it is finite.
 *
 * <p>Every failure to read is an {@link IOException} of that class itself, whose message says what was received and where,
 * such as {@code the key "a" twice at line 3, column 7}; the caller adds the file and the remedy.
 */
public final class StrictJson {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            // The callers bound the whole text; what was written must be readable, also with long names.
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            // Names of tensors in damaged files must not stay in the memory that all parsers share.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    /** The most characters of a name or a string in {@link #readStream}: a longer one must not fill the memory. */
    public static final int LONGEST_STREAMED = 1 << 22;

    private static final JsonFactory BOUNDED = new JsonFactoryBuilder(FACTORY)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(LONGEST_STREAMED)
                    .maxStringLength(LONGEST_STREAMED)
                    .build())
            .build();

    /** Keys and values of a tree, each of which may take a hundred bytes: three times those of BERT's largest vocabulary. */
    private static final long MAXIMUM_TREE = 3_000_000;

    private static final JsonMapper MAPPER = new JsonMapper(new JsonFactoryBuilder(FACTORY)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxTokenCount(MAXIMUM_TREE)
                    .build())
            .build());

    private static final int LONGEST_QUOTE = 80;

    private StrictJson() {}

    /** Reads one object from a parser whose current token is the object's start, up to the object's end. */
    @FunctionalInterface
    public interface ObjectReader<T> {
        /** Returns the object's value; the parser's current token is then the object's end. */
        T read(JsonParser parser) throws IOException;
    }

    /** Writes the fields of one object. */
    @FunctionalInterface
    public interface ObjectWriter {
        /** Writes fields between the object's start and its end, which the caller writes. */
        void write(JsonGenerator generator) throws IOException;
    }

    /**
     * Reads a file that is one object as a tree.
     *
     * @param maximumBytes the largest length of the file that is read
     * @throws IOException if the file is anything else, is longer, is a pipe or cannot be read; {@link BoundedFiles#describe} puts the
     *     cause into words
     */
    public static ObjectNode readTree(Path path, int maximumBytes) throws IOException {
        // Opening a pipe that nobody writes to would wait for ever.
        if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
            throw new IOException("a pipe or a device");
        }
        return parseTree(BoundedFiles.readText(path, maximumBytes));
    }

    /** Parses a text that is one object as a tree; {@link IOException} if the text is anything else. */
    public static ObjectNode parseTree(String text) throws IOException {
        return parse(MAPPER.getFactory(), text, parser -> MAPPER.readTree(parser));
    }

    /** Parses bytes that are one object, field by field; {@link IOException} if they are anything else. */
    public static <T> T readObject(ByteBuffer bytes, ObjectReader<T> reader) throws IOException {
        // Jackson would guess UTF-16 or UTF-32 from the bytes and let some malformed UTF-8 pass.
        return parse(FACTORY, BoundedFiles.decode(bytes), toEnd(reader));
    }

    /**
     * Parses one object, field by field, without having its text in memory as a whole. Names and strings of at most {@link
     * #LONGEST_STREAMED} characters are read.
     *
     * @param bytes the text in UTF-8, up to the end of the stream, which is closed
     * @throws IOException if the text is anything else or cannot be read
     */
    public static <T> T readStream(InputStream bytes, ObjectReader<T> reader) throws IOException {
        // Jackson would guess UTF-16 or UTF-32 from the bytes and let some malformed UTF-8 pass.
        try (Reader text = new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder())) {
            return readStream(text, reader);
        } catch (CharacterCodingException e) {
            throw new IOException("bytes that are not UTF-8", e);
        }
    }

    /**
     * Parses one object as {@link #readStream(InputStream, ObjectReader)} does, from characters.
     *
     * @param text the text up to its end; the caller closes it
     * @throws IOException if the text is anything else or cannot be read
     */
    public static <T> T readStream(Reader text, ObjectReader<T> reader) throws IOException {
        return parse(BOUNDED.createParser(text), "", toEnd(reader));
    }

    private static <T> ObjectReader<T> toEnd(ObjectReader<T> reader) {
        return parser -> {
            T value = reader.read(parser);
            expect(parser, parser.currentToken(), JsonToken.END_OBJECT);
            return value;
        };
    }

    private static <T> T parse(JsonFactory factory, String text, ObjectReader<T> reader) throws IOException {
        if (text.startsWith("\uFEFF")) {
            throw new IOException("a byte order mark before the JSON object");
        }
        return parse(factory.createParser(text), text, reader);
    }

    /** @param text for messages; empty if it is not in memory */
    private static <T> T parse(JsonParser opened, String text, ObjectReader<T> reader) throws IOException {
        try (JsonParser parser = opened) {
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
            T value = reader.read(parser);
            if (parser.nextToken() != null) {
                throw failure(parser, JsonProblem.describe(parser.currentToken()) + " after the object");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw JsonProblem.of(e, text);
        }
    }

    /** Quotes a text of a file for a message: on one line and not too long. */
    public static String quoted(String text) {
        String line = text.replaceAll("[\\s\\p{Cntrl}]+", " ");
        return "\"" + (line.length() > LONGEST_QUOTE ? line.substring(0, LONGEST_QUOTE) + "…" : line) + "\"";
    }

    /** Describes what is wrong at the parser's place. */
    public static IOException failure(JsonParser parser, String problem) {
        return new IOException(problem + JsonProblem.place(parser.currentTokenLocation()));
    }

    /** Reads the fields of an object whose values are all strings, up to the object's end. */
    public static Map<String, String> readStrings(JsonParser parser) throws IOException {
        Map<String, String> strings = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            strings.put(key, readString(parser));
        }
        return strings;
    }

    /** Reads the next value, which must be a string. */
    public static String readString(JsonParser parser) throws IOException {
        expect(parser, parser.nextToken(), JsonToken.VALUE_STRING);
        return parser.getText();
    }

    /** Reads an integer from 0 to 2^63 - 1 at the current token. */
    public static long currentCount(JsonParser parser) throws IOException {
        expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT);
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || parser.getLongValue() < 0) {
            throw failure(parser, "expected an integer from 0 to 2^63 - 1, received " + parser.getText());
        }
        return parser.getLongValue();
    }

    /** Checks the kind of a token. */
    public static void expect(JsonParser parser, @Nullable JsonToken received, JsonToken expected) throws IOException {
        if (received != expected) {
            throw failure(
                    parser,
                    "expected " + JsonProblem.describe(expected) + ", received " + JsonProblem.describe(received));
        }
    }

    /** The text of a tree, indented, with a line feed at its end. */
    public static String toText(JsonNode tree) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("trees of plain values are always JSON", e);
        }
    }

    /** The text of a tree as Python's {@code json.dumps(tree, indent=2)} writes it, without a line feed at its end. */
    public static String toPythonText(JsonNode tree) {
        DefaultPrettyPrinter.Indenter lines = new DefaultIndenter("  ", "\n");
        Separators separators = Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator("");
        try {
            return MAPPER.writer(new DefaultPrettyPrinter(separators)
                            .withObjectIndenter(lines)
                            .withArrayIndenter(lines))
                    .writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("trees of plain values are always JSON", e);
        }
    }

    /** The UTF-8 of an object; {@link IllegalArgumentException} if a string holds a lone surrogate. */
    public static byte[] writeObject(boolean indented, ObjectWriter writer) {
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
                    "Expected text that UTF-8 can hold. Received: " + e
                            + ". Remove lone surrogates from names and values",
                    e);
        }
    }

    /** Writes the fields sorted by key, so that equal content gives equal files. */
    public static void writeStrings(JsonGenerator generator, Map<String, String> strings) throws IOException {
        for (Map.Entry<String, String> entry : new TreeMap<>(strings).entrySet()) {
            generator.writeStringField(entry.getKey(), entry.getValue());
        }
    }
}
