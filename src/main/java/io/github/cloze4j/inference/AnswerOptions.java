package io.github.cloze4j.inference;

/**
 * How answers are looked for.
 *
 * @param limit the tokens of a window, {@code [CLS]}, {@code [SEP]} and the question included, and the overlap of windows. Cutting
 *     is not allowed: the answer may be in the part that is cut off
 * @param longestAnswer the most tokens of an answer, at least 1
 * @param candidates the answers that are kept for a question, and the first and last tokens that are tried in each window, at
 *     least 1
 * @param unanswerable whether a question may have no answer, as in SQuAD 2. The model must be trained on such questions
 * @param threshold the highest {@link QuestionAnswerer.Answer#noAnswerScore} at which an answer is given; of no effect if every
 *     question has an answer
 */
public record AnswerOptions(
        TokenLimit limit, int longestAnswer, int candidates, boolean unanswerable, double threshold) {
    /** The values of {@code run_qa.py} of {@code transformers}. */
    private static final AnswerOptions DEFAULTS = new AnswerOptions(TokenLimit.windows(384, 128), 30, 20, false, 0);

    /** Checks the ranges. */
    public AnswerOptions {
        if (limit.cuts()) {
            throw new IllegalArgumentException(
                    "Expected windows with an overlap of at least 0. Received: texts that are"
                            + " cut, which may lose the answer. Choose an overlap");
        }
        if (limit.maxTokens() - limit.overlap() < QuestionEncoder.FEWEST_NEW_TOKENS) {
            throw new IllegalArgumentException("Expected windows of at least " + QuestionEncoder.FEWEST_NEW_TOKENS
                    + " tokens more than their overlap of " + limit.overlap() + ". Received: windows of "
                    + limit.maxTokens() + ". Choose longer windows, or less overlap");
        }
        if (longestAnswer < 1 || candidates < 1 || Double.isNaN(threshold)) {
            throw new IllegalArgumentException(
                    "Expected longestAnswer and candidates of at least 1, and a number as threshold. Received: "
                            + longestAnswer + ", " + candidates + ", " + threshold);
        }
    }

    /**
     * Options for questions that all have an answer: windows of 384 tokens with an overlap of 128, answers of at most 30 tokens, 20
     * candidates, as in {@code run_qa.py} of {@code transformers}.
     */
    public static AnswerOptions answerable() {
        return DEFAULTS;
    }

    /** The same for questions that may have no answer. */
    public static AnswerOptions unanswerable(double threshold) {
        return new AnswerOptions(DEFAULTS.limit, DEFAULTS.longestAnswer, DEFAULTS.candidates, true, threshold);
    }

    /** The same with other windows. */
    public AnswerOptions withLimit(TokenLimit other) {
        return new AnswerOptions(other, longestAnswer, candidates, unanswerable, threshold);
    }
}
