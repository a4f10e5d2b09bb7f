package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.ReadOptions;
import io.github.cloze4j.finetune.readers.SpanPairReader.SpanColumns;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the records of a task are read, and encoded for a model.
 *
 * @param text the column of the text
 * @param pair the column of the second text; null for single texts
 * @param choices the columns of choices
 * @param spans the columns of the places of two spans; null if the text has tags around them
 * @param questions how answers to questions are found
 * @param rewriting the columns of sources and targets, and how BLEU compares them
 * @param label the column of the right answer
 * @param separator the separator between the labels of a text that has several
 * @param reading format and encoding of the files
 * @param labels the labels in their order; null to take them from the data
 * @param limit the most tokens of a text, and what happens to longer ones
 */
record RecordSettings(
        String text,
        @Nullable String pair,
        List<String> choices,
        @Nullable SpanColumns spans,
        QuestionSettings questions,
        RewritingSettings rewriting,
        String label,
        String separator,
        ReadOptions reading,
        @Nullable Labels labels,
        TokenLimit limit,
        BertTokenizer tokenizer) {
    /** The settings that options ask for. */
    static RecordSettings of(
            ColumnOptions columns,
            LabelOptions answers,
            QuestionOptions questions,
            ReadOptions reading,
            @Nullable Labels labels,
            TokenLimit limit,
            BertTokenizer tokenizer) {
        return new RecordSettings(
                columns.text(),
                columns.pair(),
                columns.choices(),
                columns.spans(),
                QuestionSettings.of(questions, answers.rules()),
                RewritingSettings.of(columns, answers.bleuTokenizer()),
                answers.label(),
                answers.separator(),
                reading,
                labels,
                limit,
                tokenizer);
    }

    /** The labels of a model; null if its task has none. */
    static @Nullable Labels labels(TaskHead head) {
        return head.kind().hasLabels() ? Labels.inOrder(head.labels()) : null;
    }
}
