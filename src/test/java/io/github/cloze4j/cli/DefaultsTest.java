package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.data.shards.DataPreparation;
import io.github.cloze4j.data.shards.TokenShards;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrain.Preset;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** A run of the command line with defaults trains the same model as a run of the library with defaults. */
class DefaultsTest {
    private static final int STEPS = 3;

    @TempDir
    private Path root;

    @Test
    void theCommandLineAndTheLibraryTrainTheSameModel() throws IOException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 300);
        Path output = root.resolve("by-the-command-line");
        CliRun run = CliRun.of(
                "pretrain", "--corpus=" + corpus, "--vocab-size=80", "--steps=" + STEPS, "--output=" + output);
        assertEquals(0, run.code(), run.err());

        Path again = root.resolve("by-the-library");
        trainWithTheLibrary(output, again);

        assertEquals(
                -1,
                Files.mismatch(output.resolve("model.safetensors"), again.resolve("model.safetensors")),
                "the first byte that differs");
    }

    private static void trainWithTheLibrary(Path run, Path output) {
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(run);
        int words = tokenizer.vocabulary().size();
        PretrainingConfig config = PretrainingConfig.builder().build();
        try (TokenShards documents = TokenShards.open(run.resolve("data").resolve(DataPreparation.TRAINING));
                Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                Bert model = new Bert(Preset.TINY.config(words), PretrainingHeads.of(config.objectives()), kernels)) {
            model.initialize(config.seed());
            PretrainingTask task =
                    new PretrainingTask(model, config, PretrainingData.of(documents, tokenizer.vocabulary()));
            try (Trainer trainer =
                    new Trainer(task, TrainingConfig.builder().steps(STEPS).build(), null)) {
                trainer.run();
            }
            ModelDirectory.write(output, model, tokenizer, Map.of());
        }
    }
}
