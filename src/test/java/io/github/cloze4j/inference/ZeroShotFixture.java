package io.github.cloze4j.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Reads what src/test/python/make_zero_shot_fixture.py wrote: the probabilities of labels with two tiny models. */
public final class ZeroShotFixture {
    public static final Path CHINESE = Path.of("src/test/resources/inference/tiny-chinese");
    private static final Path FILE = Path.of("src/test/resources/inference/zero-shot.json");

    private ZeroShotFixture() {}

    /** A text with the probability of each label. */
    record Text(String text, List<Double> probabilities, boolean cut) {}

    /** A classifier with its answers. @param pattern empty for classification by embedding */
    record Case(Path directory, String pattern, List<LabelWords> labels, List<String> neutralTexts, List<Text> texts) {
        ZeroShotClassifier classifier(Bert model) {
            BertTokenizer tokenizer = ModelDirectory.readTokenizer(directory);
            return pattern.isEmpty()
                    ? ZeroShotClassifier.byEmbedding(model, tokenizer, EmbedderSettings.plain(directory), labels)
                    : ZeroShotClassifier.byPattern(model, tokenizer, pattern, labels, neutralTexts);
        }

        @Override
        public String toString() {
            return directory.getFileName() + " " + pattern + " " + labels + " " + neutralTexts;
        }
    }

    private static JsonNode root() {
        try {
            return new ObjectMapper().readTree(FILE.toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A case as it stands in the file, by its place from 0. */
    public static JsonNode node(int place) {
        return root().get(place);
    }

    static List<Case> cases() {
        return children(root())
                .map(node -> new Case(
                        node.path("model").asText().equals("chinese") ? CHINESE : PretrainedFixture.DIRECTORY,
                        node.path("pattern").asText(),
                        children(node.path("labels"))
                                .map(label -> new LabelWords(
                                        label.path(0).asText(),
                                        children(label.path(1))
                                                .map(JsonNode::asText)
                                                .toList()))
                                .toList(),
                        children(node.path("neutral")).map(JsonNode::asText).toList(),
                        children(node.path("texts")).map(ZeroShotFixture::text).toList()))
                .toList();
    }

    private static Text text(JsonNode node) {
        return new Text(
                node.path("text").asText(),
                children(node.path("probabilities")).map(JsonNode::asDouble).toList(),
                node.path("cut").asBoolean());
    }

    private static Stream<JsonNode> children(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
