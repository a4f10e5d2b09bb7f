package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.metrics.AnswerRules;
import io.github.cloze4j.inference.AnswerOptions;
import io.github.cloze4j.inference.TokenLimit;

/**
 * How answers to questions are found and compared.
 *
 * @param rules the rules for questions that all have an answer
 * @param allowNoAnswer whether a question may have no answer, also if the data does not say so
 * @param threshold the highest score of no answer at which an answer is given
 * @param longest the most tokens of an answer
 */
record QuestionSettings(AnswerRules rules, boolean allowNoAnswer, double threshold, int longest) {
    static QuestionSettings of(QuestionOptions options, AnswerRules rules) {
        return new QuestionSettings(rules, options.allowNoAnswer(), options.threshold(), options.longest());
    }

    /**
     * The options of answers.
     *
     * @param limit the most tokens of a window; if it cuts texts, windows overlap by a third
     * @param unanswerable whether a question may have no answer
     */
    AnswerOptions options(TokenLimit limit, boolean unanswerable) {
        int candidates = AnswerOptions.answerable().candidates();
        return new AnswerOptions(limit.withoutCutting(), longest, candidates, unanswerable, threshold);
    }
}
