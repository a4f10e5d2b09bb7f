package io.github.cloze4j.cli;

import io.github.cloze4j.inference.FillMask;
import io.github.cloze4j.inference.Prediction;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks a model for the words that fit. */
@Command(
        name = "fill-mask",
        description = {
            "Predict the tokens that stand where a text has [MASK].",
            "JSON of one TEXT: predictions, a list for each mask. Of several, or with --input: texts, a list of objects"
                    + " with text and predictions."
        })
final class FillMaskCommand extends TextCommand {
    @Option(
            names = "--top-k",
            defaultValue = "5",
            paramLabel = "N",
            description = "Predictions for each mask (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Override
    void checkOptions() {
        if (topK < 1) {
            throw usage("Expected --top-k of at least 1. Received: " + topK);
        }
    }

    @Override
    Map<String, @Nullable Object> run(Console console, Bert model, BertTokenizer tokenizer) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        try (FillMask fillMask = new FillMask(model, tokenizer)) {
            if (console.json() && !isSingleText()) {
                console.beginList("texts");
            }
            forEachBlock(console, block -> {
                List<List<List<Prediction>>> answers = fillMask.fill(block, topK);
                for (int text = 0; text < block.size(); text++) {
                    if (!console.json()) {
                        tables(block.get(text), answers.get(text), console);
                    } else if (isSingleText()) {
                        fields.put("predictions", predictions(answers.get(text)));
                    } else {
                        console.element(Map.of("text", block.get(text), "predictions", predictions(answers.get(text))));
                    }
                }
            });
        }
        return fields;
    }

    private static List<List<Map<String, Object>>> predictions(List<List<Prediction>> masks) {
        return masks.stream()
                .map(mask -> mask.stream().map(FillMaskCommand::fields).toList())
                .toList();
    }

    private static Map<String, Object> fields(Prediction prediction) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("token", prediction.token());
        fields.put("id", prediction.id());
        fields.put("probability", prediction.probability());
        return fields;
    }

    private void tables(String text, List<List<Prediction>> masks, Console console) throws IOException {
        if (!isSingleText()) {
            console.say(text);
        }
        for (int mask = 0; mask < masks.size(); mask++) {
            console.say((mask == 0 ? "" : System.lineSeparator()) + "[MASK] " + (mask + 1) + " of " + masks.size());
            table(masks.get(mask), console);
        }
        if (!isSingleText()) {
            console.say("");
        }
        console.requireOpen();
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
