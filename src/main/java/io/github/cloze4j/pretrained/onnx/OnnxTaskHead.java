package io.github.cloze4j.pretrained.onnx;

import static io.github.cloze4j.pretrained.onnx.OnnxGraph.attribute;

import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.SpanHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import java.util.List;
import onnx.Onnx.TensorProto;

/** The heads of fine-tuned models in ONNX operators; results have the names and shapes of Hugging Face Optimum. */
final class OnnxTaskHead {
    private static final String LOGITS = "logits";
    private static final String STATES = "last_hidden_state";
    private static final String MARKERS = "marker_positions";
    private static final int MARKERS_OF_RELATION = 2;

    private final OnnxGraph graph;
    private final OnnxBert bert;
    private final BertConfig config;

    OnnxTaskHead(OnnxGraph graph, OnnxBert bert, BertConfig config) {
        this.graph = graph;
        this.bert = bert;
        this.config = config;
    }

    /**
     * Adds the head; returns the names of the results.
     *
     * @param hiddenStates {@code [batch * sequence, hidden]} the encoder's output
     */
    List<String> outputs(TaskHead head, String hiddenStates) {
        int labels = head.labels().size();
        return switch (head.kind()) {
            case CLASSIFICATION, MULTI_LABEL, REGRESSION, RELATIONS_BY_CLS -> texts(hiddenStates, labels);
            case TAGGING -> {
                bert.output(LOGITS, bert.linear(ClassifierHead.CLASSIFIER, hiddenStates), labels);
                yield List.of(LOGITS);
            }
            case QUESTION_ANSWERING -> spans(hiddenStates);
            case RELATIONS -> relations(hiddenStates, labels);
            case MULTIPLE_CHOICE -> choices(hiddenStates);
            case SEQ2SEQ -> throw TaskKind.writesTextRefused();
        };
    }

    /** {@code [batch, labels]} from the pooled states of each {@code [CLS]}. */
    private List<String> texts(String hiddenStates, int labels) {
        bert.linear(LOGITS, ClassifierHead.CLASSIFIER, pooled(hiddenStates));
        graph.output(LOGITS, TensorProto.DataType.FLOAT, OnnxBert.BATCH, labels);
        return List.of(LOGITS);
    }

    /** {@code [batch, choices]}: the rows are the choices of all texts. */
    private List<String> choices(String hiddenStates) {
        String scores = bert.linear(ClassifierHead.CLASSIFIER, pooled(hiddenStates));
        graph.node("Reshape", LOGITS, scores, bert.choicesShape());
        graph.output(LOGITS, TensorProto.DataType.FLOAT, OnnxBert.BATCH, OnnxBert.CHOICES);
        return List.of(LOGITS);
    }

    private String pooled(String hiddenStates) {
        String first = graph.node(
                "Gather",
                STATES + ".first",
                List.of(states(hiddenStates), graph.scalar(STATES + ".first_index", 0L)),
                attribute("axis", 1L));
        return graph.node("Tanh", "bert.pooler.activation", bert.linear(ClassifierHead.POOLER, first));
    }

    /** {@code start_logits} and {@code end_logits}, both {@code [batch, sequence]}. */
    private List<String> spans(String hiddenStates) {
        String rows = bert.linear(SpanHead.OUTPUTS, hiddenStates);
        List<String> names = List.of("start_logits", "end_logits");
        String both = graph.node("Reshape", "both_logits", rows, bert.shape("both_logits", names.size()));
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String index = graph.scalar(name + ".index", (long) i);
            graph.node("Gather", name, List.of(both, index), attribute("axis", 2L));
            graph.output(name, TensorProto.DataType.FLOAT, OnnxBert.BATCH, OnnxBert.SEQUENCE);
        }
        return names;
    }

    /** {@code [batch, labels]} from the states of two markers, whose positions are a further input {@code [batch, 2]}. */
    private List<String> relations(String hiddenStates, int labels) {
        graph.input(MARKERS, TensorProto.DataType.INT64, OnnxBert.BATCH, MARKERS_OF_RELATION);
        String indices = graph.node("Unsqueeze", MARKERS + ".indices", MARKERS, graph.vector(MARKERS + ".axis", 2));
        String each = graph.node(
                "GatherND", MARKERS + ".states", List.of(states(hiddenStates), indices), attribute("batch_dims", 1L));
        long width = (long) MARKERS_OF_RELATION * config.hiddenSize();
        String both = graph.node("Reshape", MARKERS + ".both", each, graph.vector(MARKERS + ".shape", -1, width));
        bert.linear(LOGITS, ClassifierHead.CLASSIFIER, both);
        graph.output(LOGITS, TensorProto.DataType.FLOAT, OnnxBert.BATCH, labels);
        return List.of(LOGITS);
    }

    /** {@code [batch, sequence, hidden]}. */
    private String states(String hiddenStates) {
        return graph.node("Reshape", STATES, hiddenStates, bert.shape(STATES, config.hiddenSize()));
    }
}
