package io.github.cloze4j.kernel.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/** What one thread works with: arrays and native memory that grow to the largest size asked of them and are then reused. */
final class Worker {
    private static final int SLOTS = 6;

    /** Places of operands, which native calls take as pointers. */
    final Operand a = new Operand();

    final Operand b = new Operand();
    final Operand c = new Operand();

    /** Among the workers of its team, from 0. */
    final int index;

    final WorkerTeam team;

    volatile boolean asleep;

    private final float[][] blocks = new float[SLOTS][0];
    /** Natives have the addresses only: the memory must stay while the team grows. */
    private final @Nullable Floats[] scratches = new Floats[WorkerTeam.SCRATCHES];

    private int[] bits = new int[0];
    private int[] keep = new int[0];
    private int[] marked = new int[0];

    Worker(int index, WorkerTeam team) {
        this.index = index;
        this.team = team;
    }

    /** A pointer that goes where it is told. */
    static final class Operand extends FloatPointer {
        private Operand() {
            super((org.bytedeco.javacpp.Pointer) null);
        }

        Operand at(long place) {
            address = place;
            return this;
        }
    }

    /** An array of at least {@code size}, of unspecified content; two slots never share one. */
    float[] block(int slot, int size) {
        if (blocks[slot].length < size) {
            blocks[slot] = new float[size];
        }
        return blocks[slot];
    }

    /** An array of at least {@code size} for the bits of floats. */
    int[] bits(int size) {
        if (bits.length < size) {
            bits = new int[size];
        }
        return bits;
    }

    /** An array of at least {@code size} for a dropout mask. */
    int[] keep(int size) {
        if (keep.length < size) {
            keep = new int[size];
        }
        return keep;
    }

    /** An array of at least {@code size} for marked bits. */
    int[] marked(int size) {
        if (marked.length < size) {
            marked = new int[size];
        }
        return marked;
    }

    /** Native memory for at least {@code size} floats, until the slot is asked for again; two slots never share it. */
    Floats scratch(int slot, int size) {
        Floats scratch = team.scratch(index, slot, size);
        scratches[slot] = scratch;
        return scratch;
    }
}
