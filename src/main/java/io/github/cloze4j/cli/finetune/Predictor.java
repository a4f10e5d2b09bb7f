package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.inference.LabelScore;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a fine-tuned model says of records without right answers.
 *
 * @param <R> a record, such as a text
 */
interface Predictor<R> extends AutoCloseable {
    /** Reads the records of a file. */
    List<R> read(Path file);

    /**
     * Makes records of texts on the command line, one each.
     *
     * @throws IllegalArgumentException if a record of this task is more than a text
     */
    List<R> ofTexts(List<String> texts);

    /** The columns of a table of the answers, what the model says before what it was asked. */
    List<String> columns();

    /** The answers to some records, in their order. */
    List<Answered> answer(List<R> records);

    /** Frees what was kept for later records, not the model. */
    @Override
    void close();

    /**
     * The answer to a record.
     *
     * @param fields its JSON object
     * @param rows the same as rows of a table with the columns of {@link #columns}
     */
    record Answered(Map<String, Object> fields, List<List<Object>> rows) {
        /** Copies the rows. */
        public Answered {
            rows = List.copyOf(rows);
        }

        /** Whether the record had too many tokens and lost some. */
        boolean isCut() {
            return Boolean.TRUE.equals(fields.get("cut"));
        }
    }

    /** The JSON object of a label. */
    static Map<String, Object> fields(LabelScore score) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("label", score.label());
        fields.put("probability", score.score());
        return fields;
    }

    /**
     * The predictor for the task of a model.
     *
     * @param model with the head of the task
     * @param best the most answers to a record
     */
    static Predictor<?> of(Bert model, TaskHead head, RecordSettings settings, int best) {
        return switch (head.kind()) {
            case CLASSIFICATION, MULTI_LABEL, REGRESSION -> new TextPredictor(model, head, settings, best);
            case QUESTION_ANSWERING -> new QuestionPredictor(model, settings, best);
            case MULTIPLE_CHOICE -> new ChoicePredictor(model, settings, best);
            case TAGGING -> new TaggingPredictor(model, head, settings);
            case RELATIONS, RELATIONS_BY_CLS -> new RelationPredictor(model, head, settings, best);
            case SEQ2SEQ ->
                throw new IllegalArgumentException("Expected a model that answers records. Received: a model that"
                        + " writes texts. Use generate --model DIR --input FILE");
        };
    }
}
