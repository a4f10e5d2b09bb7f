package io.github.cloze4j.corpus;

import java.io.IOException;
import java.io.Reader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The documents of one text, in memory bounded by the longest document allowed. Not thread-safe.
 *
 * <p>A byte order mark at the start is dropped, NUL is a character like others. Lines end with LF, CR LF or CR. White space around a document is dropped, and so is a document that has nothing else.
 */
final class DocumentReader implements DocumentSource {
    /** UTF-16 units; a longer document becomes several, cut at the last white space that fits, if there is one. */
    static final int MAX_DOCUMENT_LENGTH = 1 << 20;

    private static final int INPUT_LENGTH = 1 << 15;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final Reader reader;
    private final DocumentBoundary boundary;
    private final char[] input = new char[INPUT_LENGTH];
    private int inputAt;
    private int inputEnd;
    private boolean started;
    private boolean skipLineFeed;

    private char[] document = new char[1 << 10];
    private int length;
    private boolean lineHasText;

    DocumentReader(Reader text, DocumentBoundary boundary) {
        reader = text;
        this.boundary = boundary;
    }

    @Override
    public @Nullable String next() throws IOException {
        while (true) {
            if (length == MAX_DOCUMENT_LENGTH) {
                return cut();
            }
            if (inputAt == inputEnd && !fill()) {
                return take(length);
            }
            char c = input[inputAt];
            if (c == '\n' && skipLineFeed) {
                inputAt++;
                skipLineFeed = false;
            } else if (c == '\n' || c == '\r') {
                inputAt++;
                skipLineFeed = c == '\r';
                String ended = endLine();
                if (ended != null) {
                    return ended;
                }
            } else {
                skipLineFeed = false;
                appendRun();
            }
        }
    }

    private boolean fill() throws IOException {
        inputAt = 0;
        inputEnd = Math.max(0, reader.read(input));
        if (!started && inputEnd > 0) {
            started = true;
            inputAt = input[0] == BYTE_ORDER_MARK ? 1 : 0;
        }
        // A text of nothing but the mark: look for what follows it.
        return inputEnd > 0 && (inputAt < inputEnd || fill());
    }

    /** Takes input up to the end of the line, of the input or of the longest document. */
    private void appendRun() {
        int stop = inputAt;
        int limit = Math.min(inputEnd, inputAt + MAX_DOCUMENT_LENGTH - length);
        while (stop < limit && input[stop] != '\n' && input[stop] != '\r') {
            stop++;
        }
        for (int i = inputAt; i < stop && !lineHasText; i++) {
            lineHasText = !Character.isWhitespace(input[i]);
        }
        while (length == 0 && inputAt < stop && Character.isWhitespace(input[inputAt])) {
            inputAt++;
        }
        int count = stop - inputAt;
        reserve(length + count);
        System.arraycopy(input, inputAt, document, length, count);
        length += count;
        inputAt = stop;
    }

    private @Nullable String endLine() {
        boolean ends = boundary == DocumentBoundary.LINE || !lineHasText;
        lineHasText = false;
        if (ends) {
            return take(length);
        }
        if (length > 0) {
            reserve(length + 1);
            document[length++] = '\n';
        }
        return null;
    }

    /** Ends an overlong document where a word ends. */
    private @Nullable String cut() {
        int end = length - 1;
        while (end > 0 && !Character.isWhitespace(document[end])) {
            end--;
        }
        if (end == 0) {
            end = Character.isHighSurrogate(document[length - 1]) ? length - 1 : length;
        }
        return take(end);
    }

    /** The document's first {@code end} units without the white space at their end; the rest stays for the next. */
    private @Nullable String take(int end) {
        int stripped = end;
        while (stripped > 0 && Character.isWhitespace(document[stripped - 1])) {
            stripped--;
        }
        String text = stripped == 0 ? null : new String(document, 0, stripped);
        int rest = end;
        while (rest < length && Character.isWhitespace(document[rest])) {
            rest++;
        }
        System.arraycopy(document, rest, document, 0, length - rest);
        length -= rest;
        return text;
    }

    private void reserve(int units) {
        if (units > document.length) {
            int doubled = Math.min(MAX_DOCUMENT_LENGTH, Math.max(units, 2 * document.length));
            document = Arrays.copyOf(document, doubled);
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
