package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.inference.AnswerOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How answers to questions are found. */
public final class QuestionOptions {
    @Option(
            names = "--no-answer-threshold",
            paramLabel = "X",
            description =
                    "Questions may have no answer. An answer is given if the score of no answer is at most X above"
                            + " its own; a lower X gives fewer answers (default: with questions that have no answer in the data"
                            + " 0, else every question has one).")
    private @Nullable Double threshold;

    @Option(
            names = "--max-answer-tokens",
            paramLabel = "N",
            description = "The most tokens of an answer to a question (default: 30).")
    private @Nullable Integer longest;

    /** Whether the options say that a question may have no answer. */
    boolean allowNoAnswer() {
        return threshold != null;
    }

    double threshold() {
        return threshold == null ? 0 : threshold;
    }

    int longest() {
        return longest == null ? AnswerOptions.answerable().longestAnswer() : longest;
    }
}
