package io.github.cloze4j.train;

import io.github.cloze4j.model.NextSentenceLoss;
import org.jspecify.annotations.Nullable;

/**
 * How well the pairs of next-sentence or sentence-order prediction are told apart.
 *
 * @param loss mean cross-entropy of a pair, in nats
 * @param accuracy share of pairs whose higher score is the label, in [0, 1]
 * @param pairs scored
 */
public record NextSentenceScore(double loss, double accuracy, long pairs) {
    /** Null where there is no pair. */
    static @Nullable NextSentenceScore of(NextSentenceLoss loss) {
        return loss.count() == 0 ? null : new NextSentenceScore(loss.mean(), loss.accuracy(), loss.count());
    }
}
