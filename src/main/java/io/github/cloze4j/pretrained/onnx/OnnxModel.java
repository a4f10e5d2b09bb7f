package io.github.cloze4j.pretrained.onnx;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.SinglePrecision;
import io.github.cloze4j.tensors.TensorSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import onnx.Onnx.ModelProto;
import onnx.Onnx.OperatorSetIdProto;

/**
 * A model as an ONNX file, for runtimes other than this one.
 *
 * <p>Inputs are {@code input_ids}, {@code attention_mask} (1 for tokens, 0 for padding) and {@code token_type_ids}, all
 * int64 {@code [batch_size, sequence_length]} with both lengths free, named as Hugging Face Optimum names them. Positions
 * count from 0 in each row. Weights are in single precision under Hugging Face's names; those of a tied
 * decoder are the word embeddings', once in the file.
 *
 * <p>Thread-safe. If another thread trains the model, the weights after a whole step are written.
 */
public final class OnnxModel {
    /** The version of ONNX's operators, the first that has LayerNormalization. */
    public static final int OPSET = 17;

    /** The version of the file format that came with the operators. */
    private static final int IR_VERSION = 8;

    private OnnxModel() {}

    /** What the exported model computes. */
    public enum Output {
        /** The score of every word at every position: float {@code [batch_size, sequence_length, vocabulary]}. */
        LOGITS("logits"),
        /** The encoder's output, without the head: float {@code [batch_size, sequence_length, hidden]}. */
        LAST_HIDDEN_STATE("last_hidden_state");

        private final String onnxName;

        Output(String onnxName) {
            this.onnxName = onnxName;
        }

        /** Its name in the file. */
        public String onnxName() {
            return onnxName;
        }
    }

    /**
     * Replaces a file atomically. The same model gives the same bytes. Takes {@value TensorSource#PIECE_BYTES} bytes of direct
     * memory, however large the model is.
     *
     * @throws Cloze4jException if the file cannot be written, or would be longer than the 2 GiB that the format allows; a
     *     former file is then as it was
     */
    public static void write(Path file, Bert model, Output output) {
        model.parameters().requireOpen();
        model.requireNoUpdates();
        OnnxFile content = content(model, output);
        requireFits(content.bytes());
        // One state of the weights, also of a model that another thread trains.
        model.parameters().kernels().exclusively(() -> {
            AtomicFiles.write(file, content::writeTo);
            return file;
        });
    }

    private static OnnxFile content(Bert model, Output output) {
        OnnxGraph graph = new OnnxGraph("bert");
        Set<String> used = operators(graph, model, output);
        Kernels kernels = model.parameters().kernels();
        List<TensorSource> weights = model.parameters().parameters().stream()
                .filter(parameter -> used.contains(parameter.name()))
                .<TensorSource>map(parameter -> new SinglePrecision(parameter.name(), parameter, kernels))
                .toList();
        ModelProto header = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("cloze4j")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .build();
        return new OnnxFile(header, graph.build(), weights);
    }

    /** Returns the names of the parameters that the graph needs. */
    private static Set<String> operators(OnnxGraph graph, Bert model, Output output) {
        OnnxBert bert = new OnnxBert(graph, model.config());
        String hiddenStates = bert.hiddenStates();
        switch (output) {
            case LOGITS ->
                bert.output(
                        output.onnxName(),
                        bert.logits(hiddenStates),
                        model.config().vocabSize());
            case LAST_HIDDEN_STATE ->
                bert.output(output.onnxName(), hiddenStates, model.config().hiddenSize());
        }
        return bert.parameters();
    }

    /** Weights in files of their own would lift this; no BERT that has been published needs it. */
    static void requireFits(long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new Cloze4jException("Expected a model below 2 GiB, the most that one ONNX file holds. Received: "
                    + bytes + " bytes. Export a smaller model, or without its head");
        }
    }
}
