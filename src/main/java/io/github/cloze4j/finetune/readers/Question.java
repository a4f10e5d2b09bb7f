package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;
import java.util.List;

/**
 * A question about a text that holds the answer, unless the question is marked as unanswerable.
 *
 * @param id the name of the question, unlike that of all others of the file
 * @param question the question as it is in the file
 * @param context the text that holds the answer
 * @param answers the right answers, each a part of the context; empty if the question is unanswerable or its answers are unknown
 * @param unanswerable whether the context is known to hold no answer
 * @param source the place of the question
 */
public record Question(
        String id, String question, String context, List<Span> answers, boolean unanswerable, SourceLine source) {
    /** Copies the list; {@link IllegalArgumentException} if an unanswerable question has answers, or an answer ends after the context. */
    public Question {
        answers = List.copyOf(answers);
        if (unanswerable && !answers.isEmpty()) {
            throw new IllegalArgumentException("Expected no answers to an unanswerable question. Received: "
                    + answers.size() + ". Remove them, or the mark");
        }
        for (Span answer : answers) {
            if (answer.end() > context.length()) {
                throw new IllegalArgumentException("Expected answers within the " + context.length()
                        + " chars of the context. Received: one from " + answer.start() + " to " + answer.end()
                        + ", to question '" + id + "' (" + source + "). Correct the answer");
            }
        }
    }
}
