package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.onnx.OnnxModel;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A model of 503 million parameters is written by a process with a small heap and little direct memory. All numbers are 0: the
 * pages of an arena take no memory before they are written. The largest tensor has a gigabyte.
 */
@Tag("heavy")
class BigModelTest {
    private static final long PARAMETERS = 500_000_000;
    private static final int HIDDEN = 1024;
    private static final BertConfig CONFIG = BertConfig.builder(256_000)
            .numHiddenLayers(19)
            .hiddenSize(HIDDEN)
            .numAttentionHeads(16)
            .intermediateSize(4 * HIDDEN)
            .build();

    @TempDir
    Path directory;

    /** The child process: writes the model as the first argument says, to the directory of the second one. */
    public static void main(String[] arguments) {
        Path target = Path.of(arguments[1]);
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
                Bert model = new Bert(CONFIG, List.of(LanguageModelHead.MASKED), kernels)) {
            ParameterStore parameters = model.parameters();
            long count = parameters.parameters().stream()
                    .mapToLong(parameter -> parameter.length())
                    .sum();
            if (count < PARAMETERS) {
                throw new AssertionError(count + " parameters");
            }
            switch (arguments[0]) {
                case "checkpoint" -> saveCheckpoint(target, parameters);
                case "directory" -> ModelDirectory.write(target, model, tokenizer(), Map.of());
                default -> OnnxModel.write(target.resolve("model.onnx"), model, OnnxModel.Output.LOGITS);
            }
        }
    }

    private static void saveCheckpoint(Path target, ParameterStore parameters) {
        try (AdamW optimizer = new AdamW(parameters, OptimizerKind.ADAMW, 0.9, 0.999, 1e-8, 0)) {
            TrainingState state = new TrainingState();
            state.step = 7;
            new TrainingSnapshot(parameters, optimizer, null, Map::of).save(new CheckpointStore(target, 1), state);
        }
    }

    private static BertTokenizer tokenizer() {
        return new BertTokenizer(Vocabulary.of(Vocabulary.SPECIAL_TOKENS), TokenizerConfig.uncased());
    }

    @Test
    void aCheckpointIsWritten() throws IOException, InterruptedException {
        write("checkpoint");
        TrainingCheckpoint checkpoint =
                new CheckpointStore(directory, 1).latest().orElseThrow();
        assertEquals(7, checkpoint.step());
        long bytes =
                checkpoint.tensors().stream().mapToLong(NamedTensor::byteLength).sum();
        assertTrue(bytes >= 3 * PARAMETERS * Float.BYTES, bytes + " bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"directory", "onnx"})
    void aModelIsWritten(String what) throws IOException, InterruptedException {
        write(what);
        if (what.equals("directory")) {
            try (SafeTensorsFile file = SafeTensors.open(directory.resolve("model.safetensors"))) {
                assertTrue(file.names().contains("bert.encoder.layer.18.output.dense.weight"), file.names() + "");
            }
            assertEquals(CONFIG, ModelDirectory.readConfig(directory));
        } else {
            long bytes = Files.size(directory.resolve("model.onnx"));
            assertTrue(bytes >= PARAMETERS * Float.BYTES, bytes + " bytes");
        }
    }

    private void write(String what) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:MaxDirectMemorySize=256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BigModelTest.class.getName(),
                        what,
                        directory.toString()))
                .inheritIO()
                .start();
        try {
            assertEquals(0, process.waitFor(), "exit code");
        } finally {
            process.destroyForcibly();
        }
        System.err.println("BigModelTest: " + what + " in " + (System.nanoTime() - begin) / 1_000_000 + " ms");
    }
}
