package io.github.cloze4j.pretrained.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.HeadFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Fine-tuned models in ONNX Runtime, against the scores of transformers. */
class HeadExportTest {
    @TempDir
    Path directory;

    static Stream<HeadFixture> fixtures() {
        return HeadFixture.all();
    }

    private OnnxSession session(HeadFixture fixture, List<String> names) throws OrtException {
        Path file = directory.resolve("model.onnx");
        try (StoredModel stored = ModelDirectory.open(fixture.directory());
                Bert model = stored.readFineTuned(KernelProviders.create("cpu", DataType.FLOAT))) {
            assertEquals(names, OnnxModel.writeFineTuned(file, model, fixture.head()));
        }
        return new OnnxSession(file);
    }

    private static List<String> names(TaskKind task) {
        return task == TaskKind.QUESTION_ANSWERING ? List.of("start_logits", "end_logits") : List.of("logits");
    }

    private static Map<String, Object> inputs(TaskKind task, List<HeadFixture.Answer> answers) {
        TokenRows rows = new TokenRows(
                answers.stream().map(HeadFixture.Answer::ids).toArray(int[][]::new),
                answers.stream().map(HeadFixture.Answer::types).toArray(int[][]::new),
                0);
        Map<String, Object> inputs = new TreeMap<>(OnnxSession.inputs(rows));
        if (task == TaskKind.MULTIPLE_CHOICE) {
            // One text, whose choices are the rows.
            inputs.replaceAll((name, values) -> new long[][][] {(long[][]) values});
        }
        if (task == TaskKind.RELATIONS) {
            inputs.put(
                    "marker_positions",
                    answers.stream()
                            .map(answer ->
                                    Arrays.stream(answer.rows()).asLongStream().toArray())
                            .toArray(long[][]::new));
        }
        return inputs;
    }

    /** The scores of a text of a batch, in the order of the fixture. */
    private static double[] scores(TaskKind task, Map<String, Object> results, int text, int tokens) {
        return switch (task) {
            case QUESTION_ANSWERING -> {
                float[] starts = ((float[][]) results.get("start_logits"))[text];
                float[] ends = ((float[][]) results.get("end_logits"))[text];
                yield IntStream.range(0, tokens)
                        .boxed()
                        .flatMapToDouble(token -> DoubleStream.of(starts[token], ends[token]))
                        .toArray();
            }
            case TAGGING ->
                Arrays.stream(((float[][][]) results.get("logits"))[text])
                        .limit(tokens)
                        .flatMapToDouble(HeadExportTest::wide)
                        .toArray();
            case MULTIPLE_CHOICE -> new double[] {((float[][]) results.get("logits"))[0][text]};
            default -> wide(((float[][]) results.get("logits"))[text]).toArray();
        };
    }

    private static DoubleStream wide(float[] numbers) {
        return IntStream.range(0, numbers.length).mapToDouble(i -> numbers[i]);
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void onnxRuntimeComputesTheScoresOfTransformers(HeadFixture fixture) throws OrtException {
        TaskKind task = fixture.head().kind();
        List<HeadFixture.Answer> answers = fixture.answers();
        try (OnnxSession session = session(fixture, names(task))) {
            // All texts with padding, then the first one alone.
            for (List<HeadFixture.Answer> batch : List.of(answers, answers.subList(0, 1))) {
                Map<String, Object> results = session.run(inputs(task, batch));
                for (int text = 0; text < batch.size(); text++) {
                    double[] expected = batch.get(text).scores();
                    double largest =
                            Arrays.stream(expected).map(Math::abs).max().orElseThrow();
                    double[] received =
                            scores(task, results, text, batch.get(text).ids().length);
                    assertArrayEquals(expected, received, OnnxParity.TOLERANCE * largest);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void inputsAndOutputsAreThoseOfOptimum(HeadFixture fixture) throws OrtException {
        TaskKind task = fixture.head().kind();
        int labels = fixture.head().labels().size();
        try (OnnxSession session = session(fixture, names(task))) {
            List<String> input = task == TaskKind.MULTIPLE_CHOICE
                    ? List.of("batch_size", "num_choices", "sequence_length")
                    : List.of("batch_size", "sequence_length");
            Map<String, List<String>> inputs = new LinkedHashMap<>();
            List.of("input_ids", "attention_mask", "token_type_ids").forEach(name -> inputs.put(name, input));
            if (task == TaskKind.RELATIONS) {
                inputs.put("marker_positions", List.of("batch_size", "2"));
            }
            assertEquals(inputs, axes(session.runtime().getInputInfo()));
            Map<String, List<String>> outputs = new LinkedHashMap<>();
            switch (task) {
                case QUESTION_ANSWERING ->
                    names(task).forEach(name -> outputs.put(name, List.of("batch_size", "sequence_length")));
                case TAGGING -> outputs.put("logits", List.of("batch_size", "sequence_length", labels + ""));
                case MULTIPLE_CHOICE -> outputs.put("logits", List.of("batch_size", "num_choices"));
                default -> outputs.put("logits", List.of("batch_size", labels + ""));
            }
            assertEquals(outputs, axes(session.runtime().getOutputInfo()));
        }
    }

    /** The axes of each value: their names, or their lengths where these are fixed. */
    private static Map<String, List<String>> axes(Map<String, NodeInfo> values) {
        Map<String, List<String>> axes = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            TensorInfo info = (TensorInfo) value.getInfo();
            axes.put(
                    name,
                    IntStream.range(0, info.getShape().length)
                            .mapToObj(i -> info.getShape()[i] < 0
                                    ? info.getDimensionNames()[i]
                                    : Long.toString(info.getShape()[i]))
                            .toList());
        });
        return axes;
    }
}
