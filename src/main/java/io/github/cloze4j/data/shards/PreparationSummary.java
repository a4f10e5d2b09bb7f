package io.github.cloze4j.data.shards;

/**
 * The numbers of a preparation.
 *
 * @param trainingDocuments documents in {@code train}, at least 1
 * @param validationDocuments documents in {@code validation}; 0 if the split left none
 * @param emptyDocuments documents without a token, which were dropped
 * @param trainingTokens tokens in {@code train}
 * @param validationTokens tokens in {@code validation}
 * @param unknownTokens unknown tokens among them
 * @param seconds that it took
 */
public record PreparationSummary(
        long trainingDocuments,
        long validationDocuments,
        long emptyDocuments,
        long trainingTokens,
        long validationTokens,
        long unknownTokens,
        double seconds) {

    /** Documents written. */
    public long documents() {
        return trainingDocuments + validationDocuments;
    }

    /** Tokens written. */
    public long tokens() {
        return trainingTokens + validationTokens;
    }

    /** The share of the tokens that are unknown, in [0, 1]. */
    public double unknownShare() {
        return (double) unknownTokens / tokens();
    }

    /** For people, in one line. */
    public String describe() {
        String validation = validationDocuments == 0
                ? "none for validation: the split left no document there"
                : validationDocuments + " documents (" + validationTokens + " tokens) for validation";
        String dropped = emptyDocuments == 0 ? "" : "; " + emptyDocuments + " documents without a token dropped";
        return trainingDocuments + " documents (" + trainingTokens + " tokens) for training, " + validation + dropped;
    }
}
