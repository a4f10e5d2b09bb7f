package io.github.cloze4j.pretrained.onnx;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
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
        OnnxGraph graph = graphOf(model);
        OnnxBert bert = new OnnxBert(graph, model.config(), false);
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
        write(file, model, graph, bert.parameters());
    }

    /**
     * Writes a fine-tuned model with its head, as {@link #write} writes a pretrained one. The results are scores, before a
     * softmax or a sigmoid:
     *
     * <ul>
     *   <li>of classes, sets of classes and numbers {@code logits [batch_size, labels]};
     *   <li>of tags {@code logits [batch_size, sequence_length, labels]};
     *   <li>of questions {@code start_logits} and {@code end_logits}, both {@code [batch_size, sequence_length]};
     *   <li>of choices {@code logits [batch_size, num_choices]}; inputs are {@code [batch_size, num_choices, sequence_length]};
     *   <li>of relations {@code logits [batch_size, labels]}; a further input, int64 {@code marker_positions [batch_size, 2]}, has
     *       the positions of the two markers. Optimum has no such model.
     * </ul>
     *
     * @param head the head of the model
     * @return the names of the results
     */
    public static List<String> writeFineTuned(Path file, Bert model, TaskHead head) {
        OnnxGraph graph = graphOf(model);
        OnnxBert bert = new OnnxBert(graph, model.config(), head.kind() == TaskKind.MULTIPLE_CHOICE);
        List<String> names = new OnnxTaskHead(graph, bert, model.config()).outputs(head, bert.hiddenStates());
        write(file, model, graph, bert.parameters());
        return names;
    }

    private static OnnxGraph graphOf(Bert model) {
        model.parameters().requireOpen();
        model.requireNoUpdates();
        return new OnnxGraph("bert");
    }

    /** @param used the names of the parameters that the graph needs */
    private static void write(Path file, Bert model, OnnxGraph graph, Set<String> used) {
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
        OnnxFile content = new OnnxFile(header, graph.build(), weights);
        requireFits(content.bytes());
        // One state of the weights, also of a model that another thread trains.
        kernels.exclusively(() -> {
            AtomicFiles.write(file, content::writeTo);
            return file;
        });
    }

    /** Weights in files of their own would lift this; no BERT that has been published needs it. */
    static void requireFits(long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new Cloze4jException("Expected a model below 2 GiB, the most that one ONNX file holds. Received: "
                    + bytes + " bytes. Export a smaller model, or without its head");
        }
    }
}
