package io.github.cloze4j.corpus.parquet;

import java.io.IOException;

/**
 * Unpacks Snappy's blocks, by Google's description of the format (format_description.txt). The library for Java unpacks a native
 * library into the temporary directory for it, and trusts what damaged blocks say.
 */
final class SnappyBlock {
    private static final int LITERAL = 0;
    private static final int COPY_1 = 1;
    private static final int COPY_2 = 2;

    /** The longest literal whose length is in the tag; from 60 to 63 the tag counts the bytes that follow with the length. */
    private static final int LONGEST_IN_TAG = 60;

    private final byte[] packed;
    private final byte[] unpacked;
    private int from;
    private int to;

    private SnappyBlock(byte[] packed, int from, int size) {
        this.packed = packed;
        this.from = from;
        unpacked = new byte[size];
    }

    /**
     * Unpacks the bytes from a place to the end.
     *
     * @param size the number of bytes that come out
     * @throws IOException if the bytes are no block of this size
     */
    static byte[] unpack(byte[] packed, int from, int size) throws IOException {
        SnappyBlock block = new SnappyBlock(packed, from, size);
        try {
            if (block.readLength() != size) {
                throw new IOException("a page of another length than its header says");
            }
            while (block.from < packed.length) {
                block.readElement();
            }
        } catch (IndexOutOfBoundsException e) {
            throw new IOException("a page that is no block of Snappy", e);
        }
        if (block.to != size) {
            throw new IOException("a page of another length than its header says");
        }
        return block.unpacked;
    }

    /** Seven bits a byte, the lowest first; the highest bit says that more follow. */
    private long readLength() {
        long length = 0;
        int shift = 0;
        while (true) {
            int next = packed[from++];
            length |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return length;
            }
            shift += 7;
        }
    }

    private void readElement() {
        int tag = packed[from++] & 0xFF;
        int upper = tag >> 2;
        switch (tag & 3) {
            case LITERAL -> readLiteral(upper);
            case COPY_1 -> copy(4 + (upper & 7), ((tag >> 5) << 8) | readNumber(1));
            case COPY_2 -> copy(1 + upper, readNumber(2));
            default -> copy(1 + upper, readNumber(4));
        }
    }

    private void readLiteral(int upper) {
        int length = 1 + (upper < LONGEST_IN_TAG ? upper : readNumber(upper - LONGEST_IN_TAG + 1));
        System.arraycopy(packed, from, unpacked, to, length);
        from += length;
        to += length;
    }

    /** A number of some bytes, the lowest first. */
    private int readNumber(int bytes) {
        int number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (packed[from++] & 0xFF) << (8 * i);
        }
        return number;
    }

    /** Repeats bytes that are unpacked already; the copy may reach into what it writes. */
    private void copy(int length, int distance) {
        if (distance <= 0) {
            throw new IndexOutOfBoundsException("a copy of what comes later");
        }
        if (distance >= length) {
            System.arraycopy(unpacked, to - distance, unpacked, to, length);
            to += length;
        } else {
            for (int i = 0; i < length; i++, to++) {
                unpacked[to] = unpacked[to - distance];
            }
        }
    }
}
