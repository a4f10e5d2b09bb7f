package io.github.cloze4j.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.inference.Prediction;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What src/test/python/make_pretrained_fixture.py wrote: a model of transformers, and its answers. */
public final class PretrainedFixture {
    /** A model directory that transformers saved. */
    public static final Path DIRECTORY = Path.of("src/test/resources/pretrained/tiny-bert");

    private PretrainedFixture() {}

    /** A text, its ids, the scores {@code [masks][vocabulary]} and the best tokens for each mask. */
    public record Answer(String text, int[] ids, double[][] logits, List<List<Prediction>> predictions) {
        @Override
        public String toString() {
            return text;
        }
    }

    /** All texts that transformers was asked. */
    public static Stream<Answer> answers() {
        try {
            return children(new ObjectMapper()
                            .readTree(Path.of("src/test/resources/pretrained/expected.json")
                                    .toFile()))
                    .map(PretrainedFixture::answer);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Copies the model into a directory of the test's own. */
    public static Path copy(Path parent) throws IOException {
        Path target = Files.createDirectories(parent.resolve("tiny-bert"));
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        return target;
    }

    private static Answer answer(JsonNode node) {
        return new Answer(
                node.path("text").asText(),
                children(node.path("ids")).mapToInt(JsonNode::asInt).toArray(),
                children(node.path("logits"))
                        .map(row ->
                                children(row).mapToDouble(JsonNode::asDouble).toArray())
                        .toArray(double[][]::new),
                children(node.path("predictions"))
                        .map(mask -> children(mask)
                                .map(prediction -> new Prediction(
                                        prediction.path("token").asText(),
                                        prediction.path("id").asInt(),
                                        prediction.path("probability").asDouble()))
                                .toList())
                        .toList());
    }

    private static Stream<JsonNode> children(JsonNode array) {
        return IntStream.range(0, array.size()).mapToObj(array::path);
    }

    /** The numbers of a parameter in single precision, little endian. */
    public static ByteBuffer bytes(Bert owner, Parameter parameter) {
        SinglePrecision source = new SinglePrecision(
                parameter.name(), parameter, owner.parameters().kernels());
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(source.byteLength())).order(ByteOrder.LITTLE_ENDIAN);
        source.read(0, bytes);
        return bytes;
    }

    /** The parts of which a directory has weights. */
    public static Set<String> parts(Path directory) {
        try (StoredModel stored = ModelDirectory.open(directory)) {
            return stored.parts();
        }
    }

    /** The encoder of a directory. */
    public static Bert readEncoder(Path directory, Kernels kernels) {
        try (StoredModel stored = ModelDirectory.open(directory)) {
            return stored.readEncoder(stored.config(), kernels);
        }
    }

    /** A model to be trained further; what the directory lacks is drawn with seed 3. */
    public static Bert readForTraining(Path directory, List<HeadKind> heads, Kernels kernels) {
        try (StoredModel stored = ModelDirectory.open(directory)) {
            return stored.readForTraining(stored.config(), heads, name -> true, kernels, 3, Initialization.NORMAL);
        }
    }
}
