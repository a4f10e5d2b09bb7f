package io.github.cloze4j.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Packs examples into rows, longest first, each into the fullest row that still has room: best fit decreasing.
 */
final class BestFitPacker {
    private final int seqLen;
    private final ToIntFunction<Example> room;
    private final List<List<Example>> rows = new ArrayList<>();
    /** Rows by the tokens that are free in them. */
    private final List<ArrayDeque<List<Example>>> rowsByFree = new ArrayList<>();

    /** The free counts that some row has. */
    private final BitSet frees = new BitSet();

    private BestFitPacker(int seqLen, ToIntFunction<Example> room) {
        this.seqLen = seqLen;
        this.room = room;
        for (int free = 0; free <= seqLen; free++) {
            rowsByFree.add(new ArrayDeque<>());
        }
    }

    /**
     * Rows that hold each example once; the same for the same list.
     *
     * @param room tokens of a row that an example takes up
     */
    static List<List<Example>> pack(List<Example> examples, int seqLen, ToIntFunction<Example> room) {
        List<Example> longestFirst = new ArrayList<>(examples);
        longestFirst.sort(Comparator.comparingInt(room).reversed());
        BestFitPacker packer = new BestFitPacker(seqLen, room);
        longestFirst.forEach(packer::place);
        return packer.rows;
    }

    private void place(Example example) {
        int tokens = room.applyAsInt(example);
        int free = frees.nextSetBit(tokens);
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
        int left = free - tokens;
        rowsByFree.get(left).add(row);
        frees.set(left);
    }
}
