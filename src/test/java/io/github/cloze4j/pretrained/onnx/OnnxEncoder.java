package io.github.cloze4j.pretrained.onnx;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.nn.Parameter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;

/**
 * The weights of a BERT encoder that PyTorch exported to ONNX. PyTorch keeps the names of parameters, without {@code bert.},
 * but not those of linear weights, which it transposes: they are found through the nodes that use them.
 */
final class OnnxEncoder {
    private static final String PREFIX = "bert.";
    private static final String WEIGHT = ".weight";
    private static final double LAYER_NORM_EPS = 1e-12;
    /** BERT's own. */
    private static final double DROPOUT = 0.1;

    private static final double INITIALIZER_RANGE = 0.02;

    private final Map<String, TensorProto> initializers;
    private final List<NodeProto> nodes;
    private final Set<String> used = new HashSet<>();

    private OnnxEncoder(ModelProto model) {
        initializers = model.getGraph().getInitializerList().stream()
                .collect(Collectors.toMap(TensorProto::getName, tensor -> tensor));
        nodes = model.getGraph().getNodeList();
    }

    /** A model with the file's encoder and no head. The number of attention heads is not in any weight. */
    static Bert read(ModelProto file, int heads, Kernels kernels) {
        return new OnnxEncoder(file).read(heads, kernels);
    }

    private Bert read(int heads, Kernels kernels) {
        Bert model = new Bert(config(heads), List.of(), kernels);
        for (Parameter parameter : model.parameters().parameters()) {
            if (parameter.name().startsWith(PREFIX)) {
                kernels.upload(values(parameter), parameter.value());
            }
        }
        Set<String> rest = new HashSet<>(initializers.keySet());
        rest.removeAll(used);
        rest.remove("embeddings.position_ids");
        if (!rest.isEmpty()) {
            throw new IllegalStateException("Expected to know the place of every weight. Received also: " + rest);
        }
        return model;
    }

    private BertConfig config(int heads) {
        long[] words = shape("embeddings.word_embeddings.weight");
        int layers = (int) Stream.iterate(0, layer -> layer + 1)
                .takeWhile(layer -> initializers.containsKey("encoder.layer." + layer + ".output.dense.bias"))
                .count();
        return new BertConfig(
                (int) words[0],
                (int) words[1],
                layers,
                heads,
                (int) shape("encoder.layer.0.intermediate.dense.bias")[0],
                Activation.GELU,
                DROPOUT,
                DROPOUT,
                (int) shape("embeddings.position_embeddings.weight")[0],
                (int) shape("embeddings.token_type_embeddings.weight")[0],
                INITIALIZER_RANGE,
                LAYER_NORM_EPS,
                true,
                null,
                false);
    }

    private long[] shape(String name) {
        return shape(initializers.get(name));
    }

    private static long[] shape(TensorProto tensor) {
        return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    }

    private ByteBuffer values(Parameter parameter) {
        String name = parameter.name().substring(PREFIX.length());
        TensorProto tensor = initializers.get(name);
        boolean transposed = tensor == null;
        if (tensor == null) {
            tensor = weightBesideBias(name.substring(0, name.length() - WEIGHT.length()) + ".bias");
        }
        used.add(tensor.getName());
        long[] shape = shape(tensor);
        if (tensor.getDataType() != TensorProto.DataType.FLOAT_VALUE) {
            throw new IllegalStateException("Expected weights in single precision. Received: " + tensor.getName());
        }
        FloatBuffer numbers = tensor.getRawData()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        long[] expected =
                transposed ? new long[] {parameter.shape()[1], parameter.shape()[0]} : parameter.shape();
        if (!Arrays.equals(shape, expected) || numbers.remaining() != parameter.length()) {
            throw new IllegalStateException("Expected the shape of " + parameter.name() + ", "
                    + Arrays.toString(expected) + ". Received: " + Arrays.toString(shape));
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(numbers.remaining() * Float.BYTES).order(ByteOrder.nativeOrder());
        int rows = transposed ? (int) shape[1] : 1;
        int columns = numbers.remaining() / rows;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                bytes.putFloat(numbers.get(column * rows + row));
            }
        }
        return bytes.flip();
    }

    /** A linear layer is an Add of its bias to a MatMul with its weight. */
    private TensorProto weightBesideBias(String bias) {
        NodeProto add = only(nodes.stream()
                .filter(node ->
                        node.getOpType().equals("Add") && node.getInputList().contains(bias)));
        NodeProto product = only(nodes.stream()
                .filter(node ->
                        node.getOpType().equals("MatMul") && add.getInputList().contains(node.getOutput(0))));
        return initializers.get(product.getInput(1));
    }

    private static NodeProto only(Stream<NodeProto> found) {
        List<NodeProto> list = found.toList();
        if (list.size() != 1) {
            throw new IllegalStateException("Expected one node. Received: " + list);
        }
        return list.get(0);
    }
}
