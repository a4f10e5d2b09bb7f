package io.github.cloze4j.finetune.readers;

import java.util.List;

/**
 * The questions of a file.
 *
 * @param questions the questions in the order of the file
 * @param movedAnswers the number of answers that were not at the offset of the file and were found elsewhere in their context
 */
public record QuestionData(List<Question> questions, int movedAnswers) {
    /** Copies the list. */
    public QuestionData {
        questions = List.copyOf(questions);
    }
}
