package io.github.cloze4j.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;

/** What src/test/python/make_inference_fixture.py wrote: what transformers computes with the model of PretrainedFixture. */
public final class InferenceFixture {
    private InferenceFixture() {}

    /** A text's vectors. */
    record Vectors(String text, double[] mean, double[] meanNormalized, double[] cls, double[] clsNormalized) {
        double[] of(SentenceEmbedder.Pooling pooling, boolean normalized) {
            if (pooling == SentenceEmbedder.Pooling.MEAN) {
                return normalized ? meanNormalized : mean;
            }
            return normalized ? clsNormalized : cls;
        }
    }

    /** A text's pseudo-log-likelihoods. */
    record Likelihoods(String text, int tokens, double token, double restOfWord) {}

    /** A text's best tokens for each mask. */
    record Masks(String text, List<List<Prediction>> predictions) {}

    static Bert model(String kernels) {
        return ModelDirectory.readModel(PretrainedFixture.DIRECTORY, KernelProviders.create(kernels, DataType.FLOAT));
    }

    static BertTokenizer tokenizer() {
        return ModelDirectory.readTokenizer(PretrainedFixture.DIRECTORY);
    }

    static List<Vectors> vectors() {
        return children(expected().path("embeddings"))
                .map(node -> new Vectors(
                        node.path("text").asText(),
                        numbers(node.path("mean")),
                        numbers(node.path("mean_normalized")),
                        numbers(node.path("cls")),
                        numbers(node.path("cls_normalized"))))
                .toList();
    }

    static List<Likelihoods> likelihoods() {
        return children(expected().path("scores"))
                .map(node -> new Likelihoods(
                        node.path("text").asText(),
                        node.path("tokens").asInt(),
                        node.path("token").asDouble(),
                        node.path("rest_of_word").asDouble()))
                .toList();
    }

    static List<Masks> masks() {
        return children(expected().path("predictions"))
                .map(node -> new Masks(
                        node.path("text").asText(),
                        children(node.path("masks"))
                                .map(mask -> children(mask)
                                        .map(prediction -> new Prediction(
                                                prediction.path("token").asText(),
                                                prediction.path("id").asInt(),
                                                prediction.path("probability").asDouble()))
                                        .toList())
                                .toList()))
                .toList();
    }

    /** Texts of the model's words and of some that it does not have, of 0 to {@code mostWords} words. */
    static List<String> randomTexts(long seed, int texts, int mostWords) {
        String[] words = {"the", "cat", "sat", "playing", "dogs", "undoable", "xyz", ",", "sea", "[MASK]", "old"};
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        List<String> made = new ArrayList<>();
        for (int text = 0; text < texts; text++) {
            List<String> some = new ArrayList<>();
            int length = random.nextInt(mostWords + 1);
            for (int word = 0; word < length; word++) {
                some.add(words[random.nextInt(words.length)]);
            }
            made.add(String.join(" ", some));
        }
        return made;
    }

    private static JsonNode expected() {
        try {
            return new ObjectMapper()
                    .readTree(Path.of("src/test/resources/inference/expected.json")
                            .toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static double[] numbers(JsonNode array) {
        return children(array).mapToDouble(JsonNode::asDouble).toArray();
    }

    private static Stream<JsonNode> children(JsonNode array) {
        return IntStream.range(0, array.size()).mapToObj(array::path);
    }
}
