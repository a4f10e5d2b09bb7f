package io.github.cloze4j.corpus.parquet;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A part of a file, read without the file's own position. Closing it leaves the file open. */
final class FileRegion extends InputStream {
    private final FileChannel file;
    private long position;
    private long left;

    FileRegion(FileChannel file, long position, long length) {
        this.file = file;
        this.position = position;
        left = length;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        if (count == 0) {
            return 0;
        }
        if (left == 0) {
            return -1;
        }
        int read = file.read(ByteBuffer.wrap(target, offset, (int) Math.min(count, left)), position);
        if (read < 0) {
            throw new EOFException("the file ends before position " + (position + left));
        }
        position += read;
        left -= read;
        return read;
    }
}
