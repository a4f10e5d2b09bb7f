package io.github.cloze4j.model;

/**
 * What the pairs of one batch cost.
 *
 * @param sum cross-entropy summed over the pairs, in nats
 * @param correct pairs whose higher logit is the label
 * @param count pairs
 */
public record NextSentenceLoss(double sum, int correct, int count) {
    /** Of no pair at all. */
    public static final NextSentenceLoss ZERO = new NextSentenceLoss(0, 0, 0);

    /** Both together. */
    public NextSentenceLoss plus(NextSentenceLoss other) {
        return new NextSentenceLoss(sum + other.sum, correct + other.correct, count + other.count);
    }

    /** Cross-entropy of a pair, in nats; 0 where there is none. */
    public double mean() {
        return count == 0 ? 0 : sum / count;
    }

    /** Share of the pairs that are told right, in [0, 1]; 0 where there is none. */
    public double accuracy() {
        return count == 0 ? 0 : (double) correct / count;
    }
}
