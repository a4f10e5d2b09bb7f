package io.github.cloze4j.finetune;

/**
 * How many sources and targets of a file are too long for a model.
 *
 * @param pairs pairs of a source and its target in all
 * @param sources sources that lost their end
 * @param targets targets that lost their end; a model does not learn where they end
 */
public record LongRewritings(int pairs, int sources, int targets) {
    /** For people, such as {@code 12 of 600 sources and 3 targets are cut}; empty if nothing is too long. */
    @Override
    public String toString() {
        if (sources > 0 && targets > 0) {
            return sources + " of " + pairs + " sources and " + targets + " targets are cut";
        }
        if (sources > 0) {
            return sources + " of " + pairs + " sources are cut";
        }
        return targets > 0 ? targets + " of " + pairs + " targets are cut" : "";
    }
}
