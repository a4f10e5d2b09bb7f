package io.github.cloze4j.cli;

import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.inference.EmbedderSettings;
import io.github.cloze4j.inference.SentenceEmbedder;
import io.github.cloze4j.inference.SentenceEmbedder.Pooling;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Texts to vectors. */
@Command(
        name = "embed",
        description = {
            "Turn each text into a vector: a line of numbers, separated by spaces. What a text has beyond the model's"
                    + " positions is left out. What modules.json, 1_Pooling and sentence_bert_config.json of a"
                    + " sentence-transformers model say is used, and printed on standard error.",
            "JSON: embeddings, a list of numbers for each text (without --output); texts, dimensions, seconds."
        })
final class Embed extends TextCommand {
    @Option(
            names = "--pooling",
            paramLabel = "NAME",
            description = "How a text's tokens become one vector: cls (the first token's), max, mean, mean-sqrt-len,"
                    + " weighted-mean or last-token (default: what the model's modules.json says, else mean).")
    private @Nullable Pooling pooling;

    @Option(
            names = "--normalize",
            negatable = true,
            description = "Make vectors of length 1, or leave them as long as they are (default: what the model's"
                    + " modules.json says, else --normalize).")
    private @Nullable Boolean normalize;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where the numbers go; replaced at the end, if it exists (default: standard output).")
    private @Nullable Path output;

    private EmbedderSettings settings = EmbedderSettings.plain(Path.of(""));

    @Override
    public boolean dataOnOut() {
        return output == null;
    }

    @Override
    Path modelDirectory(Path given) {
        EmbedderSettings stored = EmbedderSettings.read(given);
        EmbedderSettings pooled = pooling == null ? stored : stored.withPooling(pooling);
        settings = normalize == null ? pooled : pooled.withNormalize(normalize);
        return settings.modelDirectory();
    }

    /** A head is not asked for, and need not be there. */
    @Override
    Bert read(StoredModel model, Kernels kernels) {
        return model.readEncoder(model.config(), kernels);
    }

    @Override
    Map<String, @Nullable Object> run(Console console, Bert model, BertTokenizer tokenizer) throws IOException {
        Stopwatch stopwatch = new Stopwatch();
        console.progress("embedding: " + settings.describe());
        try (SentenceEmbedder embedder = new SentenceEmbedder(model, tokenizer, settings)) {
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
