package io.github.cloze4j.corpus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.cloze4j.PlainTextException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Recognises files that are no plain text: by their first bytes, or by the extension of their name. */
final class ForeignFormat {
    /** Files of bytes, by how they begin, in hexadecimal. */
    private static final Map<String, String> BEGINNINGS = new LinkedHashMap<>();

    /** Files of characters that are no plain text, by extension. */
    private static final Map<String, String> EXTENSIONS = Map.of("json", "JSON");

    private static final Pattern MARKUP =
            Pattern.compile("\\s*<(!doctype html|html[ >]|\\?xml )", Pattern.CASE_INSENSITIVE);

    /** A list of objects, as many data sets are stored. */
    private static final Pattern JSON_OBJECTS = Pattern.compile("\\s*\\[\\s*\\{\\s*\"");

    private static final String GZIP = "1F8B08";
    private static final String ZSTANDARD = "28B52FFD";
    private static final Map<String, String> PACKED = Map.of(GZIP, Packing.GZIP, ZSTANDARD, Packing.ZSTANDARD);
    private static final int TAR_MARK_AT = 257;
    private static final String TAR_MARK = "ustar";
    /** Names of columns with one kind of separator between them, each perhaps in quotation marks. */
    private static final Pattern TABLE_HEADER =
            Pattern.compile("\"?[\\p{L}_][\\w.-]*\"?([,;\\t])\"?[\\p{L}_][\\w.-]*\"?(?:\\1\"?[\\p{L}_][\\w.-]*\"?)*");

    /** The most lines that are looked at to recognise JSON lines or a table. */
    private static final int FIRST_LINES = 5;

    /** The separator of lines that are no table. */
    private static final char NONE = 0;

    private static final int FEWEST_JSON_LINES = 2;
    private static final int FEWEST_TABLE_LINES = 4;
    private static final int FEWEST_UTF8_CHARACTERS = 8;
    private static final JsonFactory JSON = new JsonFactory();

    static {
        BEGINNINGS.put("255044462D", "a PDF document");
        BEGINNINGS.put("89504E470D0A1A0A", "a PNG image");
        BEGINNINGS.put("FFD8FF", "a JPEG image");
        BEGINNINGS.put("47494638", "a GIF image");
        BEGINNINGS.put("504B0304", "a zip archive, as Office documents are too");
        BEGINNINGS.put(GZIP, "gzip");
        BEGINNINGS.put("FD377A585A00", "xz");
        BEGINNINGS.put(ZSTANDARD, "Zstandard");
        BEGINNINGS.put("04224D18", "LZ4");
        BEGINNINGS.put("377ABCAF271C", "a 7z archive");
        BEGINNINGS.put("526172211A07", "a RAR archive");
        BEGINNINGS.put("50415231", RecordFormat.PARQUET.description());
        BEGINNINGS.put("4F626A01", "Avro");
        BEGINNINGS.put("4152524F5731", "Arrow");
        BEGINNINGS.put("894844460D0A1A0A", "HDF5");
        BEGINNINGS.put("7F454C46", "a program (ELF)");
        BEGINNINGS.put("CAFEBABE", "a Java class");
        BEGINNINGS.put("D0CF11E0A1B11AE1", "an old Office document");
        BEGINNINGS.put("7B5C72746631", "a document in Rich Text Format");
        BEGINNINGS.put("53514C69746520666F726D617420", "an SQLite database");
    }

    private ForeignFormat() {}

    /**
     * Refuses what is no plain text.
     *
     * @param head the first bytes, unpacked, of a text in any encoding
     * @throws PlainTextException if the name or the bytes are those of another format
     */
    static void refuse(String name, byte[] head, TextOptions options) {
        String format = ofName(name);
        refuse(name, format == null ? ofContent(head, name, true) : format, head, options);
    }

    /**
     * Refuses what is no text. A table or JSON passes.
     *
     * @param head the first bytes, unpacked, of a text in any encoding
     * @throws PlainTextException if the bytes are those of a format without records in text
     */
    static void refuseForRecords(String name, byte[] head, TextOptions options) {
        refuse(name, ofContent(head, name, false), head, options);
    }

    private static void refuse(String name, @Nullable String format, byte[] head, TextOptions options) {
        if (format != null) {
            throw new PlainTextException("Expected plain text in " + name + ". Received: " + format
                    + ". Name files of plain text, or extract the text of this one");
        }
        if (!options.encoding().equals(StandardCharsets.UTF_8) && isSurelyUtf8(head, options.encoding())) {
            throw new PlainTextException("Expected text in " + options.encoding() + " in " + name
                    + ". Received: UTF-8. Name that encoding, or convert the file");
        }
    }

    private static @Nullable String ofName(String name) {
        RecordFormat records = RecordFormat.ofFile(name);
        return records == null
                ? EXTENSIONS.get(Packing.extension(name.toLowerCase(Locale.ROOT)))
                : records.description();
    }

    private static @Nullable String ofContent(byte[] head, String name, boolean prose) {
        String beginning = HexFormat.of().withUpperCase().formatHex(head, 0, Math.min(head.length, 16));
        for (Map.Entry<String, String> format : BEGINNINGS.entrySet()) {
            if (beginning.startsWith(format.getKey())) {
                String extension = PACKED.get(format.getKey());
                boolean misnamed = extension != null && name.equals(Packing.unpackedName(name));
                return format.getValue() + (misnamed ? ", without " + extension + " at the end of its name" : "");
            }
        }
        if (isBzip2(head)) {
            return "bzip2";
        }
        if (head.length > TAR_MARK_AT + TAR_MARK.length()
                && new String(head, TAR_MARK_AT, TAR_MARK.length(), StandardCharsets.ISO_8859_1).equals(TAR_MARK)) {
            return "a tar archive";
        }
        return ofText(text(head), head.length, prose);
    }

    private static @Nullable String ofText(String text, int bytes, boolean prose) {
        if (MARKUP.matcher(text).lookingAt()) {
            return "a web page or XML";
        }
        if (!prose) {
            return null;
        }
        if (JSON_OBJECTS.matcher(text).lookingAt()) {
            return "JSON";
        }
        List<String> lines = firstLines(text, bytes);
        if (isJsonLines(lines)) {
            return RecordFormat.JSON_LINES.description();
        }
        return switch (separator(lines)) {
            case ',' -> RecordFormat.CSV.description();
            case '\t' -> RecordFormat.TSV.description();
            case ';' -> "values separated by semicolons";
            default -> null;
        };
    }

    /**
     * The format of a file of records.
     *
     * @param head the first bytes, unpacked
     * @return null if neither the name nor the bytes are those of such a file
     */
    static @Nullable RecordFormat records(String name, byte[] head) {
        RecordFormat named = RecordFormat.ofFile(name);
        String content = ofContent(head, name, false);
        if (named == null && content != null) {
            return content.equals(RecordFormat.PARQUET.description()) ? RecordFormat.PARQUET : null;
        }
        if (named != null) {
            return named;
        }
        List<String> lines = firstLines(text(head), head.length);
        if (isJsonLines(lines)) {
            return RecordFormat.JSON_LINES;
        }
        return switch (separator(lines)) {
            case ',' -> RecordFormat.CSV;
            case '\t' -> RecordFormat.TSV;
            default -> null;
        };
    }

    private static String text(byte[] head) {
        return new String(head, StandardCharsets.UTF_8).replace("\uFEFF", "");
    }

    /** The first lines that are not blank, at most five, without one that the head of the file cuts. */
    private static List<String> firstLines(String text, int bytes) {
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        boolean lastIsWhole = bytes < PlainTextReader.INPUT_LENGTH || text.endsWith("\n");
        List<String> whole = lastIsWhole || lines.isEmpty() ? lines : lines.subList(0, lines.size() - 1);
        return whole.subList(0, Math.min(FIRST_LINES, whole.size()));
    }

    /**
     * The separator of lines that are a table: names of columns, and below them rows of as many fields. Prose has no first line of
     * names without a blank between them.
     */
    private static char separator(List<String> lines) {
        if (lines.size() < FEWEST_TABLE_LINES) {
            return NONE;
        }
        Matcher header = TABLE_HEADER.matcher(lines.get(0));
        if (!header.matches()) {
            return NONE;
        }
        char separator = header.group(1).charAt(0);
        int fields = fields(lines.get(0), separator);
        return lines.stream().allMatch(line -> fields(line, separator) == fields) ? separator : NONE;
    }

    /** The number of fields of a row. A separator between quotation marks separates nothing. */
    private static int fields(String row, char separator) {
        int fields = 1;
        boolean quoted = false;
        for (int i = 0; i < row.length(); i++) {
            quoted ^= row.charAt(i) == '"';
            fields += !quoted && row.charAt(i) == separator ? 1 : 0;
        }
        return fields;
    }

    /** The letters BZh and a digit could begin a text, so the mark of the first block after them counts too. */
    private static boolean isBzip2(byte[] head) {
        return head.length >= 10
                && new String(head, 0, 3, StandardCharsets.ISO_8859_1).equals("BZh")
                && HexFormat.of().formatHex(head, 4, 10).equals("314159265359");
    }

    /** Whether the lines, at least two, are a JSON object each. */
    private static boolean isJsonLines(List<String> lines) {
        return lines.size() >= FEWEST_JSON_LINES && lines.stream().allMatch(ForeignFormat::isJsonObject);
    }

    private static boolean isJsonObject(String line) {
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            parser.skipChildren();
            return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
        } catch (IOException noJson) {
            return false;
        }
    }

    /**
     * Whether the text has several characters beyond ASCII and all of them are UTF-8, as no other encoding's are; or whether it
     * is UTF-8 without a zero byte, which text in UTF-16 and UTF-32 has in every line end.
     */
    private static boolean isSurelyUtf8(byte[] head, Charset named) {
        Utf8Share share = Utf8Share.of(ByteBuffer.wrap(head));
        boolean wide = named.name().contains("UTF-16") || named.name().contains("UTF-32");
        boolean enough = wide ? !hasZero(head) : share.characters() >= FEWEST_UTF8_CHARACTERS;
        return enough && head.length > 0 && share.malformed() == 0;
    }

    private static boolean hasZero(byte[] head) {
        for (byte b : head) {
            if (b == 0) {
                return true;
            }
        }
        return false;
    }
}
