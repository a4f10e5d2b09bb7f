package io.github.cloze4j.data;

import io.github.cloze4j.random.Permutation;
import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of any window of any epoch, as a pure function of (documents, seqLen, seed, epoch, window). An epoch is a
 * permutation of all segments; a window is that many consecutive ones, packed by themselves. Immutable and thread-safe.
 */
final class WindowPacker {
    /** Enough that the last row of a window, which stays part empty, does not count. */
    static final int WINDOW_SEGMENTS = 4096;

    private static final long SEGMENT_ORDER = 0x5345474d;
    private static final long ROW_ORDER = 0x524f5753;

    private final SegmentIndex segments;
    private final int seqLen;
    private final long seed;
    private final boolean shuffled;

    /** @param shuffled false for the documents' order, the same in all epochs */
    WindowPacker(SegmentIndex segments, int seqLen, long seed, boolean shuffled) {
        this.segments = segments;
        this.seqLen = seqLen;
        this.seed = seed;
        this.shuffled = shuffled;
    }

    /** Windows in an epoch. */
    long windows() {
        return (segments.count() + WINDOW_SEGMENTS - 1) / WINDOW_SEGMENTS;
    }

    List<List<Segment>> rows(long epoch, long window) {
        long first = window * WINDOW_SEGMENTS;
        int count = (int) Math.min(WINDOW_SEGMENTS, segments.count() - first);
        List<Segment> members = new ArrayList<>(count);
        if (shuffled) {
            Permutation order =
                    new Permutation(segments.count(), new RandomStream(seed, SEGMENT_ORDER, epoch, segments.count()));
            for (int i = 0; i < count; i++) {
                members.add(segments.find(order.apply(first + i)));
            }
        } else {
            for (int i = 0; i < count; i++) {
                members.add(segments.find(first + i));
            }
        }
        List<List<Segment>> rows = BestFitPacker.pack(members, seqLen);
        if (shuffled) {
            // Packing leaves rows with long segments first.
            shuffle(rows, new RandomStream(seed, ROW_ORDER, epoch, window));
        } else {
            rows.forEach(row -> row.sort(Comparator.comparingLong(Segment::number)));
            rows.sort(Comparator.comparingLong(row -> row.get(0).number()));
        }
        return rows;
    }

    private static void shuffle(List<List<Segment>> rows, RandomStream random) {
        for (int i = rows.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            List<Segment> swapped = rows.get(i);
            rows.set(i, rows.get(j));
            rows.set(j, swapped);
        }
    }
}
