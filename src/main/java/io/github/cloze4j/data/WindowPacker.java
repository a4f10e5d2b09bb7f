package io.github.cloze4j.data;

import io.github.cloze4j.random.Permutation;
import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of any window of any epoch, as a pure function of (documents, configuration, epoch, window). An epoch is a
 * permutation of all units of an {@link ExampleSource}; a window is a number of consecutive ones, whose examples are packed
 * by themselves. Immutable and thread-safe.
 */
final class WindowPacker {
    private static final long SEGMENT_ORDER = 0x5345474d;
    private static final long ROW_ORDER = 0x524f5753;

    private final ExampleSource source;
    private final BatchConfig config;
    private final boolean shuffled;

    /** @param shuffled false for the documents' order, the same in all epochs */
    WindowPacker(ExampleSource source, BatchConfig config, boolean shuffled) {
        this.source = source;
        this.config = config;
        this.shuffled = shuffled;
    }

    /** Windows in an epoch. */
    long windows() {
        return (source.units() + source.unitsOfAWindow() - 1) / source.unitsOfAWindow();
    }

    /** The most rows of a window. */
    long mostRows() {
        return source.mostExamplesOfAWindow();
    }

    /** The rows of a window; none where its units yield no example. */
    List<List<Example>> rows(long epoch, long window) {
        long first = window * source.unitsOfAWindow();
        long end = Math.min(source.units(), first + source.unitsOfAWindow());
        List<Example> members = new ArrayList<>();
        if (shuffled) {
            Permutation order = new Permutation(
                    source.units(), new RandomStream(config.seed(), SEGMENT_ORDER, epoch, source.units()));
            for (long i = first; i < end; i++) {
                source.addTo(members, epoch, order.apply(i));
            }
        } else {
            for (long i = first; i < end; i++) {
                source.addTo(members, epoch, i);
            }
        }
        List<List<Example>> rows = BestFitPacker.pack(members, config.seqLen(), config::room);
        if (shuffled) {
            // Packing leaves rows with long examples first.
            shuffle(rows, new RandomStream(config.seed(), ROW_ORDER, epoch, window));
        } else {
            rows.forEach(row -> row.sort(Comparator.comparingLong(Example::number)));
            rows.sort(Comparator.comparingLong(row -> row.get(0).number()));
        }
        return rows;
    }

    private static void shuffle(List<List<Example>> rows, RandomStream random) {
        for (int i = rows.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            List<Example> swapped = rows.get(i);
            rows.set(i, rows.get(j));
            rows.set(j, swapped);
        }
    }
}
