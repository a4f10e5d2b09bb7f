package io.github.cloze4j.corpus;

import io.github.cloze4j.PlainTextException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Decodes a text and stops at what is no plain text. Not thread-safe.
 *
 * <p>A byte that cannot be decoded becomes U+FFFD, and a NUL stays. Both are counted: a file may have one such byte, or one
 * for every 10,000 bytes of its length if that is more. {@link #read} throws {@link PlainTextException} at the first one
 * beyond that, and for a text that begins like a file of another format.
 */
public final class PlainTextReader extends Reader {
    static final int INPUT_LENGTH = 1 << 15;
    private static final char REPLACEMENT = '\uFFFD';

    private final String name;
    private final InputStream bytes;
    private final TextOptions options;
    private final UndecodableBytes all;
    private final boolean records;
    private final CharsetDecoder decoder;
    private final ByteBuffer input = ByteBuffer.allocate(INPUT_LENGTH).limit(0);
    private final CharBuffer output = CharBuffer.allocate(INPUT_LENGTH + 1).limit(0);
    private final long knownLength;
    private long length;
    private boolean ended;
    private boolean flushed;

    private long undecodable;
    private long line = 1;
    private char previous;
    private byte[] sample = {};
    private boolean sampleIsStart;

    /**
     * A reader of one text, such as the standard input.
     *
     * @param name what messages call the text; its extension is that of a file
     * @param bytes closed with the reader
     * @param knownLength the length of the text in bytes, as far as it is known; 0 if it is not
     */
    public PlainTextReader(String name, InputStream bytes, TextOptions options, long knownLength) {
        this(name, bytes, options, knownLength, new UndecodableBytes(knownLength), false);
    }

    /**
     * A reader of one text of several.
     *
     * @param knownLength the length of the text in bytes, as far as it is known; 0 if it is not
     * @param all counts the undecodable bytes of all texts
     * @param records whether a text that begins like a table or JSON is read
     */
    PlainTextReader(
            String name,
            InputStream bytes,
            TextOptions options,
            long knownLength,
            UndecodableBytes all,
            boolean records) {
        this.name = name;
        this.records = records;
        this.bytes = bytes;
        this.options = options;
        this.knownLength = knownLength;
        this.all = all;
        decoder = options.encoding()
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /**
     * A reader of a file of records, such as a table or JSON, unpacked if its name ends in {@code .gz} or {@code .zst}. A file that begins like a
     * table or JSON is read here; in all else the reader is that of a plain text.
     *
     * @throws io.github.cloze4j.CorpusException if the file is a device or has no attributes to read
     * @throws IOException if it cannot be opened
     */
    public static PlainTextReader ofRecords(Path file, TextOptions options) throws IOException {
        TextSource source = TextSource.of(file);
        return new PlainTextReader(
                source.name(),
                source.opener().open(),
                options,
                source.length(),
                new UndecodableBytes(source.length()),
                true);
    }

    @Override
    public int read(char[] target, int from, int count) throws IOException {
        if (count == 0) {
            return 0;
        }
        while (!output.hasRemaining()) {
            if (!decode()) {
                return -1;
            }
        }
        int taken = Math.min(count, output.remaining());
        output.get(target, from, taken);
        return taken;
    }

    /** Decodes what is there, after reading more if nothing is; false at the end. */
    private boolean decode() throws IOException {
        if (flushed) {
            return false;
        }
        // The last place is for the replacement of what stopped the decoder.
        output.clear().limit(INPUT_LENGTH);
        CoderResult result = decoder.decode(input, output, ended);
        if (result.isUnderflow() && ended) {
            flushed = decoder.flush(output).isUnderflow();
        } else if (result.isUnderflow() && output.position() == 0) {
            fill();
        }
        output.flip();
        inspect();
        if (result.isError()) {
            replace(result.length());
        }
        return true;
    }

    private void fill() throws IOException {
        input.compact();
        int read = bytes.read(input.array(), input.position(), input.remaining());
        input.position(input.position() + Math.max(0, read)).flip();
        ended = read < 0;
        if (length == 0 && read > 0 && !options.anyContent()) {
            byte[] head = Arrays.copyOf(input.array(), read);
            if (records) {
                ForeignFormat.refuseForRecords(name, head, options);
            } else {
                ForeignFormat.refuse(name, head, options);
            }
        }
        length += Math.max(0, read);
    }

    /** Counts lines up to the first undecodable byte, and NULs. */
    private void inspect() {
        for (int i = 0; i < output.limit(); i++) {
            char c = output.get(i);
            if (c == 0) {
                undecodable();
            } else if (undecodable == 0 && (c == '\n' || c == '\r')) {
                line += c == '\n' && previous == '\r' ? 0 : 1;
            }
            previous = c;
        }
    }

    private void replace(int malformed) {
        undecodable();
        input.position(input.position() + malformed);
        int end = output.limit();
        output.limit(end + 1).put(end, REPLACEMENT);
        previous = REPLACEMENT;
    }

    private void undecodable() {
        if (undecodable == 0) {
            sample = Arrays.copyOf(input.array(), input.limit());
            sampleIsStart = length == input.limit();
        }
        undecodable++;
        all.add(name, undecodable, line);
        boolean tooMany = UndecodableBytes.isTooMany(undecodable, Math.max(knownLength, length));
        if (!options.anyContent() && (tooMany || all.areTooMany(length))) {
            throw refusal();
        }
    }

    private PlainTextException refusal() {
        all.refuse();
        String likely = LikelyEncoding.of(sample, sampleIsStart);
        String encoding = options.encoding().name();
        return new PlainTextException("Expected plain text in " + encoding + " in " + name
                + ". Received: bytes that are not " + encoding + " text, the first in line " + line + "; "
                + (likely == null
                        ? "the file looks like no text. Name a file of plain text, or the encoding of this one"
                        : likely.equals(encoding)
                                ? "the file is damaged or mixes encodings. Mend it"
                                : "the encoding is probably " + likely
                                        + ". Name the encoding, or convert the file to UTF-8"));
    }

    /** For people: what was lost so far to undecodable bytes, in one sentence; empty if nothing was. */
    public Optional<String> loss() {
        return all.describe(options.encoding());
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
