package io.github.cloze4j.data;

import java.util.List;

/**
 * The examples of any part of any epoch, without those before it. An epoch visits all units (pieces of documents) in some
 * order; the examples of a unit are a pure function of the epoch and the unit. Immutable and thread-safe.
 */
interface ExampleSource {
    /** Pieces of documents in an epoch. */
    long units();

    /** Units whose examples are packed together: enough that the last row, which stays part empty, does not count. */
    int unitsOfAWindow();

    /** The most examples that the units of a window have together. */
    long mostExamplesOfAWindow();

    /** Adds the examples of a unit, numbered on. */
    void addTo(List<Example> examples, long epoch, long unit);
}
