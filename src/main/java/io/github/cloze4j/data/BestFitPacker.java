package io.github.cloze4j.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/** Packs examples into rows, longest first, each into the fullest row that still has room: best fit decreasing. */
final class BestFitPacker {
    private final int seqLen;
    private final List<List<Example>> rows = new ArrayList<>();
    /** Rows by the tokens that are free in them. */
    private final List<ArrayDeque<List<Example>>> rowsByFree = new ArrayList<>();

    /** The free counts that some row has. */
    private final BitSet frees = new BitSet();

    private BestFitPacker(int seqLen) {
        this.seqLen = seqLen;
        for (int free = 0; free <= seqLen; free++) {
            rowsByFree.add(new ArrayDeque<>());
        }
    }

    /** Rows that hold each example once; the same for the same list. */
    static List<List<Example>> pack(List<Example> examples, int seqLen) {
        List<Example> longestFirst = new ArrayList<>(examples);
        longestFirst.sort(Comparator.comparingInt(Example::rowTokens).reversed());
        BestFitPacker packer = new BestFitPacker(seqLen);
        longestFirst.forEach(packer::place);
        return packer.rows;
    }

    private void place(Example example) {
        int free = frees.nextSetBit(example.rowTokens());
        List<Example> row;
        if (free < 0) {
            free = seqLen;
            row = new ArrayList<>();
            rows.add(row);
        } else {
            ArrayDeque<List<Example>> fitting = rowsByFree.get(free);
            row = fitting.remove();
            frees.set(free, !fitting.isEmpty());
        }
        row.add(example);
        int left = free - example.rowTokens();
        rowsByFree.get(left).add(row);
        frees.set(left);
    }
}
