package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.RealWeights;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.pretrained.onnx.PublishedEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The directory of the runs, {@code target/finetune-runs} unless {@code -Dcloze4j.runs=DIR} names another: data sets, the models
 * that fine-tuning begins with, and those that it ends with. What is there already is used again.
 */
final class RunDirectory {
    private static final Path ROOT = Path.of(System.getProperty("cloze4j.runs", "target/finetune-runs"));
    /** The steps of three minutes of {@code pretrain} without arguments on two cores with AVX-512. */
    private static final String MINI_STEPS = "8000";

    private RunDirectory() {}

    static Path data(String name) {
        return ROOT.resolve("data").resolve(name.toLowerCase(Locale.ROOT));
    }

    static Path output(String run) {
        return ROOT.resolve("runs").resolve(run);
    }

    private static Path model(String name) {
        return ROOT.resolve("models").resolve(name);
    }

    private static boolean exists(Path model) {
        return Files.exists(model.resolve("config.json"));
    }

    /** Our own small model: two layers of 128, pretrained on the glosses of WordNet by the command {@code pretrain}. */
    static Path mini() throws IOException, InterruptedException {
        Path mini = model("mini");
        if (!exists(mini)) {
            CommandRun.json(List.of("pretrain", "--steps", MINI_STEPS, "--output", mini.toString()));
        }
        return mini;
    }

    /** A model of the mini's shape, with its tokenizer and random weights. */
    static Path random(long seed) throws IOException, InterruptedException {
        Path random = model("random-" + seed);
        if (!exists(random)) {
            try (StoredModel stored = ModelDirectory.open(mini());
                    Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                    Bert model = new Bert(stored.config(), List.of(), kernels)) {
                model.initialize(seed);
                ModelDirectory.write(random, model, stored.tokenizer(), Map.of());
            }
        }
        return random;
    }

    /** Google's BERT-base, uncased, with its head for masked words. */
    static Path bertBase() throws IOException, InterruptedException {
        Path base = model("bert-base-uncased");
        if (!exists(base)) {
            CommandRun.json(
                    List.of("import", "--from", RealWeights.bertBase().toString(), "--output", base.toString()));
        }
        return base;
    }

    /** A published encoder. */
    static Path published(PublishedEncoder encoder) {
        Path directory = model(encoder.name().toLowerCase(Locale.ROOT));
        if (!exists(directory)) {
            try {
                encoder.write(directory);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return directory;
    }
}
