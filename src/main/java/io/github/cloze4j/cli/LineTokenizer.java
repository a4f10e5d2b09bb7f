package io.github.cloze4j.cli;

import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;

/**
 * Lines of text to lines of ids, in memory bounded by the longest run of text without a space: a long line is tokenized in
 * parts, which end at spaces, where no token reaches across. Lines end with LF, CR LF or CR. Not thread-safe.
 */
final class LineTokenizer {
    private static final int BUFFER_LENGTH = 1 << 16;

    private final BertTokenizer tokenizer;
    private final boolean addSpecialTokens;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder ids = new StringBuilder();
    private boolean inLine;
    private boolean skipLineFeed;
    /** A part is not looked for again in text that has no space. */
    private int nextCut = BUFFER_LENGTH;

    private long lines;
    private long tokens;
    private boolean firstOfLine = true;

    LineTokenizer(BertTokenizer tokenizer, boolean addSpecialTokens) {
        this.tokenizer = tokenizer;
        this.addSpecialTokens = addSpecialTokens;
    }

    /** Lines written. */
    long lines() {
        return lines;
    }

    /** Ids written. */
    long tokens() {
        return tokens;
    }

    void run(Reader reader, Writer writer) throws IOException {
        char[] buffer = new char[BUFFER_LENGTH];
        for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
            int start = 0;
            for (int i = 0; i < count; i++) {
                if (buffer[i] == '\n' || buffer[i] == '\r') {
                    append(buffer, start, i);
                    if (buffer[i] == '\r' || !skipLineFeed || start < i) {
                        endLine();
                    }
                    skipLineFeed = buffer[i] == '\r';
                    start = i + 1;
                }
            }
            append(buffer, start, count);
            cutLongLine();
            flush(writer);
        }
        if (inLine) {
            endLine();
        }
        flush(writer);
    }

    private void append(char[] buffer, int from, int to) {
        if (from < to) {
            skipLineFeed = false;
            inLine = true;
            text.append(buffer, from, to - from);
        }
    }

    private void cutLongLine() {
        if (text.length() < nextCut) {
            return;
        }
        int space = text.lastIndexOf(" ");
        if (space >= 0) {
            startLine();
            write(tokenizer.ids(text.substring(0, space)));
            text.delete(0, space + 1);
        }
        nextCut = Math.max(BUFFER_LENGTH, 2 * text.length());
    }

    private void startLine() {
        if (firstOfLine && addSpecialTokens) {
            write(tokenizer.vocabulary().clsId());
        }
    }

    private void endLine() {
        startLine();
        write(tokenizer.ids(text.toString()));
        if (addSpecialTokens) {
            write(tokenizer.vocabulary().sepId());
        }
        ids.append('\n');
        lines++;
        firstOfLine = true;
        inLine = false;
        text.setLength(0);
        nextCut = BUFFER_LENGTH;
    }

    private void write(int... some) {
        for (int id : some) {
            if (!firstOfLine) {
                ids.append(' ');
            }
            ids.append(id);
            firstOfLine = false;
        }
        tokens += some.length;
    }

    private void flush(Writer writer) throws IOException {
        writer.append(ids);
        ids.setLength(0);
    }
}
