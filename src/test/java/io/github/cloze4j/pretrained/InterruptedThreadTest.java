package io.github.cloze4j.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.corpus.DocumentSplit;
import io.github.cloze4j.data.shards.DataPreparation;
import io.github.cloze4j.data.shards.TokenShards;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.onnx.OnnxModel;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorType;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Files are read and written on an interrupted thread, which stays interrupted: a run that an interrupt stopped is followed
 * by a write of its model. Java closes a file channel under such a thread.
 */
class InterruptedThreadTest {
    @TempDir
    private Path directory;

    @AfterEach
    void theThreadIsStillInterrupted() {
        assertTrue(Thread.interrupted());
    }

    @Test
    void aModelIsReadAndWritten() {
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(PretrainedFixture.DIRECTORY);
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT)) {
            Thread.currentThread().interrupt();
            try (Bert model = ModelDirectory.readModel(PretrainedFixture.DIRECTORY, kernels)) {
                ModelDirectory.write(directory.resolve("model"), model, tokenizer, Map.of());
                OnnxModel.write(directory.resolve("model.onnx"), model, OnnxModel.Output.LOGITS);
                try (Bert again = ModelDirectory.readModel(directory.resolve("model"), kernels)) {
                    assertEquals(
                            model.parameters().parameterCount(),
                            again.parameters().parameterCount());
                }
            }
        }
        assertTrue(Files.exists(directory.resolve("model.onnx")));
    }

    @Test
    void aCheckpointIsSavedAndRead() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        NamedTensor tensor = new NamedTensor("a", TensorType.F32, new long[] {2}, ByteBuffer.allocate(8));
        Thread.currentThread().interrupt();
        store.save(new TrainingCheckpoint(1, Map.of("a", "b"), List.of(tensor)));
        store.save(new TrainingCheckpoint(1, Map.of("a", "c"), List.of(tensor)));
        assertEquals(Map.of("a", "c"), store.latest().orElseThrow().state());
    }

    @Test
    void preparedDataAreOpened() {
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(PretrainedFixture.DIRECTORY);
        Path data = directory.resolve("data");
        DataPreparation.of(tokenizer, 1, new DocumentSplit(0)).prepare(Stream.of("a word", "another"), data);
        Thread.currentThread().interrupt();
        try (TokenShards shards = TokenShards.open(data.resolve(DataPreparation.TRAINING))) {
            assertEquals(2, shards.count());
        }
    }
}
