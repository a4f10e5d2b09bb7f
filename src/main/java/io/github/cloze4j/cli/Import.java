package io.github.cloze4j.cli;

import io.github.cloze4j.files.DirectoryLock;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.google.GoogleCheckpoint;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** From a TensorFlow checkpoint of Google's BERT to Hugging Face's layout. */
@Command(
        name = "import",
        description = "Turn a TensorFlow checkpoint of Google's BERT into a model in Hugging Face's layout.")
final class Import extends CliCommand {
    @Option(
            names = "--from",
            required = true,
            paramLabel = "DIR",
            description = "Directory, zip or jar with *.index, *.data-*, vocab.txt and perhaps bert_config.json.")
    private Path from = Path.of("");

    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Where the model goes; one that stands there is replaced.")
    private Path output = Path.of("");

    @Option(
            names = "--checkpoint",
            paramLabel = "NAME",
            description = "Which checkpoint, if there are several: the name of its *.index file without .index.")
    private @Nullable String checkpointName;

    @Option(names = "--cased", description = "The model keeps upper case and accents.")
    private boolean cased;

    @Option(
            names = "--hidden-act",
            paramLabel = "NAME",
            description =
                    "The model's activation: gelu, which is exact, gelu_new, the approximation with tanh, or another"
                            + " name that hidden_act may have (default: what bert_config.json says, else gelu).")
    private @Nullable String hiddenAct;

    @Override
    public Map<String, @Nullable Object> run(Console console) {
        Stopwatch stopwatch = new Stopwatch();
        String asked = hiddenAct;
        Activation activation = asked == null ? null : fromOptions(() -> Activation.of(asked));
        // Locked, because a run that lives may be writing its own model there.
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(from, activation, checkpointName);
                DirectoryLock lock = DirectoryLock.acquire(output)) {
            // Failures are found before the kernels are loaded, which takes a second.
            BertTokenizer tokenizer = checkpoint.readTokenizer(cased);
            try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                    Bert model = checkpoint.readModel(kernels)) {
                lock.requireInPlace();
                checkpoint.write(output, model, tokenizer);
                Map<String, @Nullable Object> fields = new LinkedHashMap<>();
                fields.put("parameters", model.parameters().parameterCount());
                fields.put("tensors", model.parameters().parameters().size());
                fields.put("masked_lm_head", checkpoint.hasHead());
                fields.put("layers", model.config().numHiddenLayers());
                fields.put("hidden", model.config().hiddenSize());
                fields.put("vocabulary", tokenizer.vocabulary().size());
                fields.put("seconds", stopwatch.seconds());
                return fields;
            }
        }
    }
}
