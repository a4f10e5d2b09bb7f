package io.github.cloze4j.cli;

import io.github.cloze4j.checkpoint.AtomicFiles;
import io.github.cloze4j.inference.SentenceEmbedder;
import io.github.cloze4j.inference.SentenceEmbedder.Pooling;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.pretrained.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Texts to vectors. */
@Command(
        name = "embed",
        description = {
            "Turn each text into a vector: a line of numbers, separated by spaces. What a text has beyond the model's"
                    + " positions is left out.",
            "JSON: embeddings, a list of numbers for each text (without --output); texts, dimensions, seconds."
        })
final class Embed extends TextCommand {
    @Option(
            names = "--pooling",
            defaultValue = "mean",
            paramLabel = "NAME",
            description =
                    "How a text's tokens become one vector: mean, or cls, the first token's (default: ${DEFAULT-VALUE}).")
    private Pooling pooling = Pooling.MEAN;

    @Option(names = "--no-normalize", description = "Leave vectors as long as they are (default: of length 1).")
    private boolean noNormalize;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where the numbers go; replaced at the end, if it exists (default: standard output).")
    private @Nullable Path output;

    @Override
    boolean dataOnOut() {
        return output == null;
    }

    /** A head is not asked for, and need not be there. */
    @Override
    BertForMaskedLm read(Path model, Kernels kernels, DataType type) {
        return ModelDirectory.readEncoder(model, kernels, type);
    }

    @Override
    Map<String, @Nullable Object> run(Console console, BertForMaskedLm model, BertTokenizer tokenizer)
            throws IOException {
        Stopwatch stopwatch = new Stopwatch();
        try (SentenceEmbedder embedder = new SentenceEmbedder(model, tokenizer, pooling, !noNormalize)) {
            if (output != null) {
                AtomicFiles.write(output, channel -> {
                    Writer writer =
                            new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.US_ASCII);
                    forEachBlock(console, block -> {
                        for (float[] vector : embedder.embed(block)) {
                            writer.append(line(vector)).append('\n');
                        }
                    });
                    writer.flush();
                });
            } else if (console.json()) {
                console.beginList("embeddings");
                forEachBlock(console, block -> {
                    for (float[] vector : embedder.embed(block)) {
                        console.element(vector);
                    }
                });
            } else {
                forEachBlock(console, block -> {
                    embedder.embed(block).forEach(vector -> console.say(line(vector)));
                    console.requireOpen();
                });
            }
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("texts", textsDone());
            fields.put("dimensions", embedder.dimensions());
            fields.put("seconds", stopwatch.seconds());
            return fields;
        }
    }

    private static String line(float[] vector) {
        StringBuilder line = new StringBuilder();
        for (float number : vector) {
            line.append(line.isEmpty() ? "" : " ").append(number);
        }
        return line.toString();
    }
}
