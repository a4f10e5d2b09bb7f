package io.github.cloze4j.nn;

import java.util.Set;

/**
 * The low-rank updates of an encoder layer.
 *
 * @param rank columns between the two matrices of an update, at least 1
 * @param scale the factor of the updates
 * @param withDropout whether a pass may have dropout on the inputs of the updates, which takes memory
 * @param targets the linear layers that have an update
 */
public record LowRankSettings(int rank, double scale, boolean withDropout, Set<LowRankTarget> targets) {
    /** No update. */
    public static final LowRankSettings NONE = new LowRankSettings(1, 1, false, Set.of());

    /** Copies the set. */
    public LowRankSettings {
        targets = Set.copyOf(targets);
    }
}
