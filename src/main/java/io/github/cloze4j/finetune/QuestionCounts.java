package io.github.cloze4j.finetune;

import java.util.ArrayList;
import java.util.List;

/**
 * What happened to the questions of a file when they became tokens.
 *
 * @param questions questions in all
 * @param windowed questions whose context is read in several windows
 * @param cut questions that were too long and lost their end
 * @param widened questions whose answer begins or ends inside a token, and is taken to be all of that token
 * @param unreached questions with an answer that no window holds whole; all their windows are learnt as windows without an answer
 */
public record QuestionCounts(int questions, int windowed, int cut, int widened, int unreached) {
    /** For people, such as {@code of 600 questions 3 are cut, 12 have a context that is read in windows}; empty if all counts are 0. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        add(parts, windowed, "have a context that is read in windows");
        add(parts, cut, "are cut");
        add(parts, widened, "have an answer that begins or ends inside a token");
        add(parts, unreached, "have an answer that no window holds whole");
        return parts.isEmpty() ? "" : "of " + questions + " questions " + String.join(", ", parts);
    }

    private static void add(List<String> parts, int count, String text) {
        if (count > 0) {
            parts.add(count + " " + text);
        }
    }
}
