package io.github.cloze4j.data;

import java.util.Objects;

/**
 * Finds segments: a document longer than a segment is cut into consecutive segments of full length and a rest. Keeps eight bytes for every 64 documents, and finds a segment in O(log documents). Immutable and thread-safe.
 */
final class SegmentIndex {
    private static final int BLOCK = 64;

    private final TokenDocuments documents;
    private final int segmentTokens;
    /** {@code [blocks + 1]} segments before each block of documents; the last is the count of all. */
    private final long[] segmentsBefore;

    /** @param segmentTokens of a segment of full length, at least 1 */
    SegmentIndex(TokenDocuments documents, int segmentTokens) {
        this.documents = documents;
        this.segmentTokens = segmentTokens;
        int blocks = Math.toIntExact((documents.count() + BLOCK - 1) / BLOCK);
        segmentsBefore = new long[blocks + 1];
        for (int block = 0; block < blocks; block++) {
            long count = segmentsBefore[block];
            long end = Math.min(documents.count(), (block + 1L) * BLOCK);
            for (long document = (long) block * BLOCK; document < end; document++) {
                count += segmentsOf(document);
            }
            segmentsBefore[block + 1] = count;
        }
    }

    long count() {
        return segmentsBefore[segmentsBefore.length - 1];
    }

    Segment find(long segment) {
        Objects.checkIndex(segment, count());
        int block = blockOf(segment);
        long document = (long) block * BLOCK;
        long within = segment - segmentsBefore[block];
        int segments = segmentsOf(document);
        while (within >= segments) {
            within -= segments;
            document++;
            segments = segmentsOf(document);
        }
        int from = Math.toIntExact(within * segmentTokens);
        return new Segment(document, from, Math.min(segmentTokens, documents.length(document) - from));
    }

    /** The last block that begins at or before the segment. */
    private int blockOf(long segment) {
        int low = 0;
        int high = segmentsBefore.length - 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (segmentsBefore[middle] <= segment) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int segmentsOf(long document) {
        int length = documents.length(document);
        return length / segmentTokens + (length % segmentTokens == 0 ? 0 : 1);
    }
}
