package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.finetune.readers.Span;
import io.github.cloze4j.inference.QuestionEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Questions as examples, a window each. A window that holds all of the first gold answer points at the answer's first and last token;
 * every other window points at its {@code [CLS]}. These are the positions of {@code run_qa.py} of {@code transformers}, except that
 * blanks at the ends of an answer do not count: there the script takes the token beside the blank.
 *
 * @param examples the examples in the order of the questions
 * @param counts what happened to the questions
 */
record EncodedQuestions(List<LabelledTokens> examples, QuestionCounts counts) {
    static EncodedQuestions of(QuestionEncoder encoder, List<Question> questions) {
        List<LabelledTokens> examples = new ArrayList<>();
        int windowed = 0;
        int cut = 0;
        int widened = 0;
        int unreached = 0;
        for (Question question : questions) {
            QuestionEncoder.Windows windows = encoder.encode(question.question(), question.context());
            Span gold = question.answers().isEmpty()
                    ? null
                    : withoutBlanks(question.answers().get(0), question.context());
            boolean reached = gold == null;
            boolean wider = false;
            for (QuestionEncoder.Window window : windows.windows()) {
                Tokens answer = gold == null ? null : tokens(window, gold);
                reached |= answer != null;
                wider |= gold != null && answer != null && answer.isWiderThan(gold, window);
                examples.add(example(window, answer));
            }
            windowed += windows.windows().size() > 1 ? 1 : 0;
            cut += windows.questionCut() ? 1 : 0;
            widened += wider ? 1 : 0;
            unreached += reached ? 0 : 1;
        }
        return new EncodedQuestions(
                List.copyOf(examples), new QuestionCounts(questions.size(), windowed, cut, widened, unreached));
    }

    /** The first and the last token of an answer. */
    private record Tokens(int first, int last) {
        boolean isWiderThan(Span gold, QuestionEncoder.Window window) {
            return window.tokens().starts()[first] != gold.start()
                    || window.tokens().ends()[last] != gold.end();
        }
    }

    private static Span withoutBlanks(Span span, String context) {
        int start = span.start();
        int end = span.end();
        while (start < end - 1 && Character.isWhitespace(context.charAt(start))) {
            start++;
        }
        while (start < end - 1 && Character.isWhitespace(context.charAt(end - 1))) {
            end--;
        }
        return new Span(start, end);
    }

    /** The tokens of the answer; null if the window does not hold all of it. */
    private static @Nullable Tokens tokens(QuestionEncoder.Window window, Span gold) {
        int[] starts = window.tokens().starts();
        int[] ends = window.tokens().ends();
        int first = window.contextBegin();
        int last = window.contextEnd() - 1;
        if (last < first || starts[first] > gold.start() || ends[last] < gold.end()) {
            return null;
        }
        while (first < last && starts[first + 1] <= gold.start()) {
            first++;
        }
        while (last > first && ends[last - 1] >= gold.end()) {
            last--;
        }
        return new Tokens(first, last);
    }

    private static LabelledTokens example(QuestionEncoder.Window window, @Nullable Tokens answer) {
        int[] rows = IntStream.range(0, window.tokens().ids().length).toArray();
        int[] labels = answer == null ? new int[] {0, 0} : new int[] {answer.first, answer.last};
        return new LabelledTokens(
                List.of(window.tokens()), new Targets(rows, new int[] {rows.length}, labels, new float[0]));
    }
}
