package io.github.cloze4j.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/** Packs segments into rows, longest first, each into the fullest row that still has room: best fit decreasing. */
final class BestFitPacker {
    private final int seqLen;
    private final List<List<Segment>> rows = new ArrayList<>();
    /** Rows by the tokens that are free in them. */
    private final List<ArrayDeque<List<Segment>>> rowsByFree = new ArrayList<>();

    /** The free counts that some row has. */
    private final BitSet frees = new BitSet();

    private BestFitPacker(int seqLen) {
        this.seqLen = seqLen;
        for (int free = 0; free <= seqLen; free++) {
            rowsByFree.add(new ArrayDeque<>());
        }
    }

    /** Rows that hold each segment once; the same for the same list. */
    static List<List<Segment>> pack(List<Segment> segments, int seqLen) {
        List<Segment> longestFirst = new ArrayList<>(segments);
        longestFirst.sort(Comparator.comparingInt(Segment::length).reversed());
        BestFitPacker packer = new BestFitPacker(seqLen);
        longestFirst.forEach(packer::place);
        return packer.rows;
    }

    private void place(Segment segment) {
        int free = frees.nextSetBit(segment.rowTokens());
        List<Segment> row;
        if (free < 0) {
            free = seqLen;
            row = new ArrayList<>();
            rows.add(row);
        } else {
            ArrayDeque<List<Segment>> fitting = rowsByFree.get(free);
            row = fitting.remove();
            frees.set(free, !fitting.isEmpty());
        }
        row.add(segment);
        int left = free - segment.rowTokens();
        rowsByFree.get(left).add(row);
        frees.set(left);
    }
}
