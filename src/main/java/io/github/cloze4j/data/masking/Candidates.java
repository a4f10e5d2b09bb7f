package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;

/**
 * The tokens of a row that are not special.
 *
 * @param positions {@code [candidates]} ascending indices into the row's ids
 */
record Candidates(int[] positions) {
    static Candidates of(PackedRow row, SpecialTokens specialTokens) {
        int[] ids = row.ids();
        int[] positions = new int[ids.length];
        int count = 0;
        for (int i = 0; i < ids.length; i++) {
            if (!specialTokens.contains(ids[i])) {
                positions[count++] = i;
            }
        }
        return new Candidates(Arrays.copyOf(positions, count));
    }

    int count() {
        return positions.length;
    }

    /** That many of them, or all where they are fewer, each set of them equally likely; ascending. */
    int[] sample(int wanted, RandomStream random) {
        int[] shuffled = positions.clone();
        int count = Math.min(wanted, shuffled.length);
        random.shuffle(shuffled, count);
        int[] chosen = Arrays.copyOf(shuffled, count);
        Arrays.sort(chosen);
        return chosen;
    }
}
