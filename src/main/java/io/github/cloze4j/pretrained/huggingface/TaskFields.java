package io.github.cloze4j.pretrained.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The fields of {@code config.json} that describe the head of a fine-tuned model. */
final class TaskFields {
    private static final String ARCHITECTURES = "architectures";
    private static final String PROBLEM_TYPE = "problem_type";
    private static final String ID_TO_LABEL = "id2label";
    private static final String LABEL_TO_ID = "label2id";

    /** A field of our own, which {@code transformers} keeps and does not read: the tasks that it has no class for. */
    private static final String TASK = "cloze4j_task";

    private static final String SEQUENCES = "BertForSequenceClassification";
    private static final String TOKENS = "BertForTokenClassification";
    private static final String QUESTIONS = "BertForQuestionAnswering";
    private static final String CHOICES = "BertForMultipleChoice";
    private static final String RELATIONS = "BertForRelationClassification";

    /** Of the next word: the field of our own says whether the model reads a source. */
    static final String NEXT_WORD = "BertLMHeadModel";

    private static final Map<TaskKind, String> PROBLEM_TYPES = Map.of(
            TaskKind.CLASSIFICATION, "single_label_classification",
            TaskKind.RELATIONS_BY_CLS, "single_label_classification",
            TaskKind.MULTI_LABEL, "multi_label_classification",
            TaskKind.REGRESSION, "regression");

    /** What {@code transformers} takes a model for whose file names no labels. */
    private static final int LABELS_WHERE_NONE_ARE_NAMED = 2;

    private TaskFields() {}

    /** The name of the class; that of relations is ours. */
    static String architecture(TaskKind kind) {
        return switch (kind) {
            case CLASSIFICATION, MULTI_LABEL, REGRESSION, RELATIONS_BY_CLS -> SEQUENCES;
            case TAGGING -> TOKENS;
            case QUESTION_ANSWERING -> QUESTIONS;
            case MULTIPLE_CHOICE -> CHOICES;
            case RELATIONS -> RELATIONS;
            case SEQ2SEQ -> NEXT_WORD;
        };
    }

    static void add(TaskHead head, ObjectNode fields) {
        if (!head.labels().isEmpty()) {
            ObjectNode names = fields.putObject(ID_TO_LABEL);
            ObjectNode ids = fields.putObject(LABEL_TO_ID);
            for (int id = 0; id < head.labels().size(); id++) {
                names.put(Integer.toString(id), head.labels().get(id));
                ids.put(head.labels().get(id), id);
            }
        }
        String problemType = PROBLEM_TYPES.get(head.kind());
        if (problemType != null) {
            fields.put(PROBLEM_TYPE, problemType);
        }
        fields.put(TASK, head.kind().text());
    }

    /** The head that the file describes; empty if the file describes no fine-tuned model. */
    static Optional<TaskHead> read(JsonFile file) {
        return Optional.ofNullable(
                        switch (file.fields().path(ARCHITECTURES).path(0).asText()) {
                            case SEQUENCES -> sequences(file);
                            case TOKENS -> TaskKind.TAGGING;
                            case QUESTIONS -> TaskKind.QUESTION_ANSWERING;
                            case CHOICES -> TaskKind.MULTIPLE_CHOICE;
                            case RELATIONS -> TaskKind.RELATIONS;
                            case NEXT_WORD -> TaskKind.SEQ2SEQ.text().equals(file.text(TASK)) ? TaskKind.SEQ2SEQ : null;
                            default -> null;
                        })
                .map(kind -> {
                    try {
                        boolean named = kind.hasLabels() || kind == TaskKind.REGRESSION;
                        return new TaskHead(kind, named ? labels(file) : List.of());
                    } catch (IllegalArgumentException twice) {
                        throw file.refused("labels that differ as " + ID_TO_LABEL, String.valueOf(twice.getMessage()));
                    }
                });
    }

    private static TaskKind sequences(JsonFile file) {
        if (TaskKind.RELATIONS_BY_CLS.text().equals(file.text(TASK))) {
            return TaskKind.RELATIONS_BY_CLS;
        }
        String type = file.text(PROBLEM_TYPE);
        if (type == null) {
            // As transformers decides it from the number of labels.
            return labels(file).size() == 1 ? TaskKind.REGRESSION : TaskKind.CLASSIFICATION;
        }
        return switch (type) {
            case "single_label_classification" -> TaskKind.CLASSIFICATION;
            case "multi_label_classification" -> TaskKind.MULTI_LABEL;
            case "regression" -> TaskKind.REGRESSION;
            default ->
                throw file.refused(
                        "single_label_classification, multi_label_classification or regression as " + PROBLEM_TYPE,
                        type);
        };
    }

    /** The names by their ids, which count from 0 without a gap. */
    private static List<String> labels(JsonFile file) {
        JsonNode names = file.fields().path(ID_TO_LABEL);
        if (names.isMissingNode() || names.isNull()) {
            Integer count = file.integer("num_labels");
            List<String> numbered = new ArrayList<>();
            for (int id = 0; id < (count == null ? LABELS_WHERE_NONE_ARE_NAMED : count); id++) {
                numbered.add("LABEL_" + id);
            }
            return numbered;
        }
        TreeMap<Integer, String> sorted = new TreeMap<>();
        names.properties().forEach(name -> {
            boolean number = name.getKey().matches("\\d{1,9}");
            if (!number || !name.getValue().isTextual()) {
                throw file.refused("a number and a text in each entry of " + ID_TO_LABEL, name.toString());
            }
            sorted.put(Integer.parseInt(name.getKey()), name.getValue().textValue());
        });
        if (sorted.isEmpty() || sorted.lastKey() != sorted.size() - 1) {
            throw file.refused(
                    "ids from 0 on without a gap in " + ID_TO_LABEL,
                    sorted.keySet().toString());
        }
        return List.copyOf(sorted.values());
    }
}
