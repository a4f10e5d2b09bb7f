package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A score that is no number is no success. */
class EvaluateFailureTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            NaN  | Expected finite numbers in tensor bert.embeddings.word_embeddings.weight. Received: NaN at [0, 0]
            3e38 | Expected a finite loss. Received: NaN
            """)
    void weightsWithoutAFiniteLossFail(float number, String words) throws IOException {
        Path model = PretrainedFixture.copy(directory);
        Path weights = model.resolve("model.safetensors");
        List<NamedTensor> tensors = new ArrayList<>();
        try (SafeTensorsFile file = SafeTensors.open(weights)) {
            for (String name : file.names()) {
                NamedTensor tensor = file.tensor(name);
                boolean embeddings = name.equals("bert.embeddings.word_embeddings.weight");
                tensors.add(embeddings ? filled(tensor, number) : tensor);
            }
        }
        SafeTensors.write(weights, tensors, Map.of());
        Path text = Files.writeString(directory.resolve("text.txt"), "the old cat sat on the mat\n");

        CliRun run = CliRun.of(
                "evaluate",
                "--model",
                model.toString(),
                "--corpus",
                text.toString(),
                "--seq-len",
                "16",
                "--batch-size",
                "2");

        assertEquals(1, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.err().contains(words), run.err());
    }

    @Test
    void textOfUnknownTokensOnlyHasNoScore() throws IOException {
        Path text = Files.writeString(directory.resolve("text.txt"), "\u65e5\u672c\u8a9e\n");

        CliRun run =
                CliRun.of("evaluate", "--model=" + PretrainedFixture.DIRECTORY, "--corpus=" + text, "--seq-len=16");

        assertEquals(1, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains("unknown and special tokens are never predicted"), run.err());
        assertTrue(run.err().contains("100"), run.err());
    }

    private static NamedTensor filled(NamedTensor tensor, float number) {
        ByteBuffer data = ByteBuffer.allocate(tensor.data().remaining()).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            data.putFloat(number);
        }
        return new NamedTensor(tensor.name(), tensor.type(), tensor.shape(), data.flip());
    }
}
