package io.github.cloze4j.cli;

import io.github.cloze4j.inference.FillMask;
import io.github.cloze4j.inference.Prediction;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.pretrained.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks a model for the words that fit. */
@Command(name = "fill-mask", description = "Predict the tokens that stand where a text has [MASK].")
final class FillMaskCommand extends CliCommand {
    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model in Hugging Face's layout.")
    private Path directory = Path.of("");

    @Parameters(paramLabel = "TEXT", description = "A text with one or more [MASK].")
    private String text = "";

    @Option(
            names = "--top-k",
            defaultValue = "5",
            paramLabel = "N",
            description = "Predictions for each mask (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Mixin
    private BackendOptions backend = new BackendOptions();

    @Override
    Map<String, @Nullable Object> run(Console console) {
        if (topK < 1) {
            throw usage("Expected --top-k of at least 1. Received: " + topK);
        }
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(directory);
        // Told before the kernels are loaded, which takes a second.
        ModelDirectory.readConfig(directory);
        Kernels kernels = backend.create();
        try (BertForMaskedLm model = ModelDirectory.readModel(directory, kernels, backend.type());
                FillMask fillMask = new FillMask(model, tokenizer)) {
            List<List<Prediction>> masks = fromOptions(() -> fillMask.fill(text, topK));
            if (console.json()) {
                return Map.of(
                        "predictions",
                        masks.stream()
                                .map(mask -> mask.stream()
                                        .map(FillMaskCommand::fields)
                                        .toList())
                                .toList());
            }
            for (int mask = 0; mask < masks.size(); mask++) {
                console.say((mask == 0 ? "" : System.lineSeparator()) + "[MASK] " + (mask + 1) + " of " + masks.size());
                table(masks.get(mask), console);
            }
            return Map.of();
        }
    }

    private static Map<String, Object> fields(Prediction prediction) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("token", prediction.token());
        fields.put("id", prediction.id());
        fields.put("probability", prediction.probability());
        return fields;
    }

    private static void table(List<Prediction> predictions, Console console) {
        int width = predictions.stream()
                .mapToInt(prediction -> prediction.token().length())
                .max()
                .orElse(1);
        String line = "  %-" + width + "s  %7d  %.4f";
        predictions.forEach(prediction -> console.say(
                String.format(Locale.ROOT, line, prediction.token(), prediction.id(), prediction.probability())));
    }
}
