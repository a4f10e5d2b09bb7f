package io.github.cloze4j.finetune.runs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.InflaterOutputStream;

/**
 * The verses of a Bible in SWORD's format zText with OSIS markup. A testament has three files: {@code bzz} has compressed blocks of text,
 * {@code bzs} the place of each block (offset, compressed and full size), and {@code bzv} the place of each entry (block, offset, size).
 * Entries are headings and verses in the order of the book, and the heading of a chapter names it, so the tables of verse numbers in the SWORD library are not
 * needed.
 */
final class SwordModule {
    private static final int BLOCK_RECORD = 12;
    private static final int ENTRY_RECORD = 10;
    private static final int SHORT = 0xFFFF;
    private static final Pattern CHAPTER = Pattern.compile("<chapter [^>]*\\bosisID=\"([^\"]+)\"[^>]* sID=");
    private static final Pattern BOOK = Pattern.compile("<div [^>]*\\bsID=[^>]*type=\"book\"");
    private static final Pattern AFTER_BOOK = Pattern.compile("<div [^>]*\\beID=[^>]*type=\"book\".*", Pattern.DOTALL);
    private static final Pattern ASIDE = Pattern.compile("<(note|title)\\b[^>]*>.*?</\\1>", Pattern.DOTALL);
    private static final Pattern MARKUP = Pattern.compile("<[^>]*>");
    private static final Pattern BLANKS = Pattern.compile("[\\s¶]+");
    private static final Pattern BLANK_BEFORE_SIGN = Pattern.compile(" (?=[,.;:?!])");

    private SwordModule() {}

    /**
     * Reads both testaments.
     *
     * @param directory the directory with {@code ot.bzz}, {@code nt.bzz} and the other files
     * @return names such as {@code Matt.7.21} → text without notes, headings and markup, in the order of the book
     */
    static Map<String, String> verses(Path directory) {
        Map<String, String> verses = new LinkedHashMap<>();
        for (String testament : List.of("ot", "nt")) {
            String chapter = "";
            int verse = 0;
            for (String entry : entries(directory, testament)) {
                Matcher heading = CHAPTER.matcher(entry);
                if (heading.find()) {
                    chapter = heading.group(1);
                    verse = 0;
                } else if (BOOK.matcher(entry).find()) {
                    chapter = "";
                } else if (!chapter.isEmpty()) {
                    verse++;
                    verses.put(chapter + "." + verse, text(entry));
                }
            }
        }
        return verses;
    }

    static String text(String entry) {
        String text = AFTER_BOOK.matcher(entry).replaceFirst("");
        text = ASIDE.matcher(text).replaceAll(" ");
        text = MARKUP.matcher(text).replaceAll("");
        text = BLANKS.matcher(text).replaceAll(" ").strip();
        return BLANK_BEFORE_SIGN.matcher(text).replaceAll("");
    }

    private static List<String> entries(Path directory, String testament) {
        try {
            ByteBuffer compressed = read(directory, testament + ".bzz");
            List<byte[]> blocks = new ArrayList<>();
            ByteBuffer places = read(directory, testament + ".bzs");
            while (places.remaining() >= BLOCK_RECORD) {
                byte[] block = new byte[places.getInt(places.position() + Integer.BYTES)];
                compressed.get(places.getInt(), block);
                places.position(places.position() + 2 * Integer.BYTES);
                blocks.add(inflate(block));
            }
            List<String> entries = new ArrayList<>();
            ByteBuffer index = read(directory, testament + ".bzv");
            while (index.remaining() >= ENTRY_RECORD) {
                int block = index.getInt();
                int start = index.getInt();
                int size = index.getShort() & SHORT;
                entries.add(size == 0 ? "" : new String(blocks.get(block), start, size, StandardCharsets.UTF_8));
            }
            return entries;
        } catch (IOException e) {
            throw new UncheckedIOException(directory.toString(), e);
        }
    }

    private static ByteBuffer read(Path directory, String file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(directory.resolve(file))).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] inflate(byte[] block) throws IOException {
        ByteArrayOutputStream full = new ByteArrayOutputStream();
        try (InflaterOutputStream inflater = new InflaterOutputStream(full)) {
            inflater.write(block);
        }
        return full.toByteArray();
    }
}
