package io.github.cloze4j.pretrained.onnx;

import static io.github.cloze4j.pretrained.onnx.OnnxGraph.attribute;

import io.github.cloze4j.model.BertConfig;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import onnx.Onnx.TensorProto;

/**
 * BERT's forward pass without dropout, in ONNX operators. Values are named after the module that computes them, weights
 * as in the model; both have Hugging Face's names and shapes. Between embeddings and results, hidden states are {@code
 * [batch * sequence, hidden]}, so that a linear layer is one Gemm whose weight is {@code [out, in]}.
 */
final class OnnxBert {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String TYPES = "token_type_ids";
    static final String BATCH = "batch_size";
    static final String CHOICES = "num_choices";
    static final String SEQUENCE = "sequence_length";
    private static final String EMBEDDINGS = "bert.embeddings";
    private static final String WORDS = EMBEDDINGS + ".word_embeddings";
    private static final String HEAD = "cls.predictions";

    private final OnnxGraph graph;
    private final BertConfig config;
    private final Set<String> parameters = new LinkedHashSet<>();

    private final boolean choices;
    private final String ids; // [batch, sequence], as all that follows; the choices of all texts are a batch
    private final String mask;
    private final String types;
    private final String shape; // of the ids: batch, sequence
    private final String flat; // -1, hidden
    private final String splitHeads; // batch, sequence, heads, size of a head
    private final String sqrtHeadSize;
    private final String maskBias; // [batch, 1, 1 or sequence, sequence]: 0, or the lowest number for what is not seen
    private final OnnxActivation activation;

    /**
     * Declares the inputs, and what all layers share.
     *
     * @param choices whether each text of a batch has several choices: inputs are {@code [batch, choices, sequence]} then
     */
    OnnxBert(OnnxGraph graph, BertConfig config, boolean choices) {
        this.graph = graph;
        this.config = config;
        this.choices = choices;
        ids = input(IDS);
        mask = input(MASK);
        types = input(TYPES);
        int headSize = config.hiddenSize() / config.numAttentionHeads();
        shape = graph.node("Shape", IDS + ".shape", ids);
        flat = graph.vector("flat.shape", -1, config.hiddenSize());
        splitHeads = shape("heads", config.numAttentionHeads(), headSize);
        sqrtHeadSize = graph.scalar("heads.sqrt_size", (float) Math.sqrt(headSize));
        maskBias = maskBias();
        activation = new OnnxActivation(graph, config.hiddenAct());
    }

    private String input(String name) {
        if (!choices) {
            return graph.input(name, TensorProto.DataType.INT64, BATCH, SEQUENCE);
        }
        graph.input(name, TensorProto.DataType.INT64, BATCH, CHOICES, SEQUENCE);
        String length = graph.node("Shape", name + ".length", List.of(name), attribute("start", 2L));
        String rows = graph.node(
                "Concat",
                name + ".rows_shape",
                List.of(graph.vector(name + ".all", -1), length),
                attribute("axis", 0L));
        return graph.node("Reshape", name + ".rows", name, rows);
    }

    /** The numbers of texts and of choices. */
    String choicesShape() {
        return graph.node("Shape", "choices.shape", List.of(IDS), attribute("end", 2L));
    }

    /** The parameters that the values asked for until now depend on. */
    Set<String> parameters() {
        return Set.copyOf(parameters);
    }

    /** The encoder's output {@code [batch * sequence, hidden]}. */
    String hiddenStates() {
        String x = embeddings();
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            x = layer("bert.encoder.layer." + i, x);
        }
        return x;
    }

    /** Scores {@code [batch * sequence, vocabulary]} of every word at every position; a tied decoder's weight is the words'. */
    String logits(String hiddenStates) {
        String dense = linear(HEAD + ".transform.dense", hiddenStates);
        String activated = activation.of(HEAD + ".transform.transform_act_fn", dense);
        String x = layerNorm(HEAD + ".transform.LayerNorm", activated);
        String decoder = HEAD + ".decoder";
        return product(decoder, x, weight(config.tieWordEmbeddings() ? WORDS : decoder), bias(HEAD));
    }

    /** Makes {@code rows [batch * sequence, width]} a result {@code [batch, sequence, width]}. */
    void output(String name, String rows, int width) {
        graph.node("Reshape", name, rows, shape(name, width));
        graph.output(name, TensorProto.DataType.FLOAT, BATCH, SEQUENCE, width);
    }

    private String maskBias() {
        String ones =
                graph.node("Cast", MASK + ".float", List.of(mask), attribute("to", TensorProto.DataType.FLOAT_VALUE));
        String broadcast = graph.node("Unsqueeze", MASK + ".unsqueezed", ones, graph.vector(MASK + ".axes", 1, 2));
        String padding = graph.node("Sub", MASK + ".padding", graph.scalar(MASK + ".one", 1f), broadcast);
        // Not an infinity, which would make a row without any token NaN.
        String lowest = graph.scalar(MASK + ".lowest", -Float.MAX_VALUE);
        String bias = graph.node("Mul", MASK + ".bias", padding, lowest);
        return config.isDecoder() ? graph.node("Min", MASK + ".causal_bias", bias, causalBias(lowest)) : bias;
    }

    /** What a token must not see of the tokens after it: {@code [sequence, sequence]}, the lowest number there and else 0. */
    private String causalBias(String lowest) {
        String length = graph.node("Shape", "causal.length", List.of(ids), attribute("start", 1L));
        String square = graph.node("Concat", "causal.shape", List.of(length, length), attribute("axis", 0L));
        String full = graph.node("Expand", "causal.full", lowest, square);
        return graph.node(
                "Trilu", "causal.bias", List.of(full, graph.scalar("causal.diagonal", 1L)), attribute("upper", 1L));
    }

    private String embeddings() {
        String words = embedded(WORDS, ids);
        String ofTypes = embedded(EMBEDDINGS + ".token_type_embeddings", types);
        String positions = embedded(EMBEDDINGS + ".position_embeddings", positionIds());
        String typed = graph.node("Add", EMBEDDINGS + ".words_and_types", words, ofTypes);
        String sum = graph.node("Add", EMBEDDINGS + ".sum", typed, positions);
        String rows = graph.node("Reshape", EMBEDDINGS + ".rows", sum, flat);
        return layerNorm(EMBEDDINGS + ".LayerNorm", rows);
    }

    private String embedded(String name, String ids) {
        return graph.node("Gather", name, weight(name), ids);
    }

    /** 0, 1, … up to the length of the sequence; runtimes refuse a sequence that is longer than the table. */
    private String positionIds() {
        String length = graph.node("Gather", "position_ids.length", shape, graph.scalar("position_ids.axis", 1L));
        return graph.node(
                "Range",
                "position_ids",
                graph.scalar("position_ids.start", 0L),
                length,
                graph.scalar("position_ids.step", 1L));
    }

    private String layer(String name, String x) {
        String context = attention(name + ".attention.self", x);
        String attended = linear(name + ".attention.output.dense", context);
        String y = residualLayerNorm(name + ".attention.output", attended, x);
        String dense = linear(name + ".intermediate.dense", y);
        String intermediate = activation.of(name + ".intermediate.intermediate_act_fn", dense);
        String output = linear(name + ".output.dense", intermediate);
        return residualLayerNorm(name + ".output", output, y);
    }

    private String attention(String name, String x) {
        String query = heads(name + ".query", x, 0, 2, 1, 3);
        String key = heads(name + ".key", x, 0, 2, 3, 1);
        String value = heads(name + ".value", x, 0, 2, 1, 3);
        String scores = graph.node("MatMul", name + ".scores", query, key);
        String scaled = graph.node("Div", name + ".scores_scaled", scores, sqrtHeadSize);
        String masked = graph.node("Add", name + ".scores_masked", scaled, maskBias);
        String probabilities = graph.node("Softmax", name + ".probabilities", List.of(masked), attribute("axis", -1L));
        String context = graph.node("MatMul", name + ".context", probabilities, value);
        String joined =
                graph.node("Transpose", name + ".context_joined", List.of(context), attribute("perm", 0, 2, 1, 3));
        return graph.node("Reshape", name + ".context_rows", joined, flat);
    }

    /** A projection of x, split into heads; of {@code [batch, sequence, heads, size]} the axes in the given order. */
    private String heads(String name, String x, long... order) {
        String split = graph.node("Reshape", name + ".split", linear(name, x), splitHeads);
        return graph.node("Transpose", name + ".heads", List.of(split), attribute("perm", order));
    }

    private String residualLayerNorm(String name, String x, String residual) {
        return layerNorm(name + ".LayerNorm", graph.node("Add", name + ".residual", x, residual));
    }

    private String layerNorm(String name, String x) {
        return graph.node(
                "LayerNormalization",
                name,
                List.of(x, weight(name), bias(name)),
                attribute("axis", -1L),
                attribute("epsilon", (float) config.layerNormEps()));
    }

    /** The linear layer of that name. */
    String linear(String name, String x) {
        return linear(name, name, x);
    }

    /** The linear layer of that name, as another value. */
    String linear(String output, String name, String x) {
        return product(output, x, weight(name), bias(name));
    }

    /** x {@code [rows, in]}, weight {@code [out, in]}, bias {@code [out]}. */
    private String product(String name, String x, String weight, String bias) {
        return graph.node("Gemm", name, List.of(x, weight, bias), attribute("transB", 1L));
    }

    /** The shape of the ids, and more lengths behind it. */
    String shape(String name, long... lengths) {
        String more = graph.vector(name + ".lengths", lengths);
        return graph.node("Concat", name + ".shape", List.of(shape, more), attribute("axis", 0L));
    }

    private String weight(String module) {
        return parameter(module + ".weight");
    }

    private String bias(String module) {
        return parameter(module + ".bias");
    }

    private String parameter(String name) {
        parameters.add(name);
        return name;
    }
}
