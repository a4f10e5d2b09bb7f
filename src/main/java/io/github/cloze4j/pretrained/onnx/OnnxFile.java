package io.github.cloze4j.pretrained.onnx;

import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.tensors.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.List;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.CodedOutputStream;
import org.nd4j.shade.protobuf.MessageLite;
import org.nd4j.shade.protobuf.WireFormat;

/**
 * The bytes of an ONNX model, written piece by piece: no weight has to be in memory as a whole. They are the bytes that the
 * library for protocol buffers writes, which puts fields in the order of their numbers.
 */
final class OnnxFile {
    private static final int BUFFER_BYTES = 1 << 16;

    /** The fields of a model whose numbers are below that of its graph. */
    private final ModelProto beforeGraph;

    /** The fields of a model whose numbers are above that of its graph. */
    private final ModelProto afterGraph;

    /** The nodes, the name and the small initializers of the graph. */
    private final GraphProto beforeWeights;

    private final List<TensorSource> weights;

    /** The inputs and outputs of the graph. */
    private final GraphProto afterWeights;

    /**
     * @param model without a graph
     * @param weights the initializers that follow those of the graph, in single precision
     */
    OnnxFile(ModelProto model, GraphProto graph, List<TensorSource> weights) {
        afterGraph = ModelProto.newBuilder()
                .addAllOpsetImport(model.getOpsetImportList())
                .build();
        beforeGraph = model.toBuilder().clearOpsetImport().build();
        afterWeights = GraphProto.newBuilder()
                .addAllInput(graph.getInputList())
                .addAllOutput(graph.getOutputList())
                .build();
        beforeWeights = graph.toBuilder().clearInput().clearOutput().build();
        this.weights = List.copyOf(weights);
    }

    /** The length of the file. */
    long bytes() {
        return beforeGraph.getSerializedSize()
                + field(ModelProto.GRAPH_FIELD_NUMBER, graphBytes())
                + afterGraph.getSerializedSize();
    }

    /** Writes the file, at most 2 GiB. */
    void writeTo(FileChannel channel) throws IOException {
        CodedOutputStream out = CodedOutputStream.newInstance(Channels.newOutputStream(channel), BUFFER_BYTES);
        ByteBuffer buffer = ByteBuffer.allocateDirect(TensorSource.PIECE_BYTES);
        beforeGraph.writeTo(out);
        begin(out, ModelProto.GRAPH_FIELD_NUMBER, graphBytes());
        beforeWeights.writeTo(out);
        for (TensorSource weight : weights) {
            MessageLite description = description(weight);
            begin(out, GraphProto.INITIALIZER_FIELD_NUMBER, weightBytes(weight));
            description.writeTo(out);
            begin(out, TensorProto.RAW_DATA_FIELD_NUMBER, weight.byteLength());
            out.flush();
            TensorSource.forEachPiece(weight, buffer, piece -> AtomicFiles.writeFully(channel, piece));
        }
        afterWeights.writeTo(out);
        afterGraph.writeTo(out);
        out.flush();
    }

    private long graphBytes() {
        return beforeWeights.getSerializedSize()
                + weights.stream()
                        .mapToLong(weight -> field(GraphProto.INITIALIZER_FIELD_NUMBER, weightBytes(weight)))
                        .sum()
                + afterWeights.getSerializedSize();
    }

    private static long weightBytes(TensorSource weight) {
        return description(weight).getSerializedSize() + field(TensorProto.RAW_DATA_FIELD_NUMBER, weight.byteLength());
    }

    /** A weight without its numbers, which are the last field. */
    private static TensorProto description(TensorSource weight) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(weight.name()).setDataType(TensorProto.DataType.FLOAT.getNumber());
        Arrays.stream(weight.shape()).forEach(tensor::addDims);
        return tensor.build();
    }

    /** The length of a field with its number and the length of its content. */
    private static long field(int number, long contentBytes) {
        return CodedOutputStream.computeTagSize(number)
                + CodedOutputStream.computeUInt64SizeNoTag(contentBytes)
                + contentBytes;
    }

    private static void begin(CodedOutputStream out, int number, long contentBytes) throws IOException {
        out.writeTag(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt64NoTag(contentBytes);
    }
}
