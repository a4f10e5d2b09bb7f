package io.github.cloze4j.cli;

import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.pretrained.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** From a model directory to a file for other runtimes. */
@Command(name = "export", description = "Write a model as a file that other runtimes load.")
final class Export extends CliCommand {
    private static final String ONNX = "onnx";

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model in Hugging Face's layout.")
    private Path directory = Path.of("");

    @Option(
            names = "--format",
            paramLabel = "NAME",
            defaultValue = ONNX,
            description = "Format of the file: onnx, which is ONNX with opset " + OnnxModel.OPSET
                    + " (default: ${DEFAULT-VALUE}).")
    private String format = ONNX;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE",
            description = "Where the model goes; replaced if it exists.")
    private Path output = Path.of("");

    @Option(
            names = "--encoder-only",
            description =
                    "Without the head, which need not be there: the result is last_hidden_state, not the head's scores.")
    private boolean encoderOnly;

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        if (!format.equals(ONNX)) {
            throw usage("Expected --format onnx. Received: " + format
                    + ". For Hugging Face's libraries, use the model's directory as it is");
        }
        // Failures are found before the kernels are loaded, which takes a second.
        AtomicFiles.requireTarget(output);
        Stopwatch stopwatch = new Stopwatch();
        List<String> results;
        try (StoredModel stored = ModelDirectory.open(directory);
                Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT)) {
            results = write(stored, kernels);
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("result", String.join(", ", results));
        fields.put("opset", OnnxModel.OPSET);
        fields.put("bytes", Files.size(output));
        fields.put("seconds", stopwatch.seconds());
        return fields;
    }

    /** Returns the names of the results of the model. */
    private List<String> write(StoredModel stored, Kernels kernels) {
        if (encoderOnly) {
            try (Bert model = stored.readEncoder(stored.config(), kernels)) {
                return write(model, OnnxModel.Output.LAST_HIDDEN_STATE);
            }
        }
        if (stored.taskHead().isPresent()) {
            try (Bert model = stored.readFineTuned(kernels)) {
                return OnnxModel.writeFineTuned(output, model, stored.taskHead().get());
            }
        }
        try (Bert model = stored.readModel(stored.config(), kernels)) {
            return write(model, OnnxModel.Output.LOGITS);
        }
    }

    private List<String> write(Bert model, OnnxModel.Output result) {
        OnnxModel.write(output, model, result);
        return List.of(result.onnxName());
    }
}
