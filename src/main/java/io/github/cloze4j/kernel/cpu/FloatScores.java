package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.HostLosses;

/** Scores in native memory, as losses read and write them. */
record FloatScores(Floats floats) implements HostLosses.Scores {
    @Override
    public double get(int index) {
        return floats.get(index);
    }

    @Override
    public void put(int index, double value) {
        floats.put(index, (float) value);
    }
}
