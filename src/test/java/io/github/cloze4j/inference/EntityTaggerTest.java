package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class EntityTaggerTest {
    private static final Map<String, WordScore> STRATEGIES =
            Map.of("first", WordScore.FIRST_PIECE, "average", WordScore.AVERAGE, "max", WordScore.MAXIMUM);
    private static final TokenLimit LIMIT = TokenLimit.windows(24, 8);

    private static Path resource(String name) {
        return Path.of("src/test/resources").resolve(name);
    }

    /** Spans, their places and probabilities are those of the pipeline of transformers ({@code make_tagging_fixture.py}). */
    @Test
    void spansAreThoseOfTransformers() throws IOException {
        JsonNode cases =
                new ObjectMapper().readTree(resource("inference/tagging.json").toFile());
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                StoredModel stored = ModelDirectory.open(resource("pretrained/heads/tags"));
                Bert model = stored.readFineTuned(kernels)) {
            TaskHead head = stored.taskHead().orElseThrow();
            int spans = 0;
            for (JsonNode expected : cases) {
                WordScore score = STRATEGIES.get(expected.get("strategy").asText());
                try (EntityTagger tagger = new EntityTagger(model, stored.tokenizer(), head, LIMIT, score)) {
                    TaggedText tagged =
                            tagger.tag(List.of(expected.get("text").asText())).get(0);
                    assertEquals(1, tagged.windows());
                    assertEquals(expected.get("spans").size(), tagged.spans().size(), expected.toString());
                    for (int i = 0; i < tagged.spans().size(); i++) {
                        assertSpan(expected.get("spans").get(i), tagged.spans().get(i), expected.toString());
                        spans++;
                    }
                }
            }
            assertTrue(spans > 200, spans + " spans");
        }
    }

    private static void assertSpan(JsonNode expected, TaggedSpan span, String message) {
        assertEquals(expected.get(0).asText(), span.type(), message);
        assertEquals(expected.get(1).intValue(), span.start(), message);
        assertEquals(expected.get(2).intValue(), span.end(), message);
        assertEquals(expected.get(3).doubleValue(), span.probability(), 1e-5, message);
    }

    @Test
    void otherModelsAndWordsOutsideAreRefused() {
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                StoredModel stored = ModelDirectory.open(resource("pretrained/heads/tags"));
                Bert model = stored.readFineTuned(kernels)) {
            TaskHead head = stored.taskHead().orElseThrow();
            TaskHead other = new TaskHead(TaskKind.CLASSIFICATION, head.labels());
            assertThrows(
                    IllegalArgumentException.class, () -> new EntityTagger(model, stored.tokenizer(), other, LIMIT));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new EntityTagger(model, stored.tokenizer(), head, TokenLimit.cut(24)));
            try (EntityTagger tagger = new EntityTagger(model, stored.tokenizer(), head, LIMIT)) {
                TextWords right = new TextWords("a cat", List.of(new TextSpan(2, 5)));
                TextWords outside = new TextWords("a cat", List.of(new TextSpan(2, 6)));
                TextRefusedException refused =
                        assertThrows(TextRefusedException.class, () -> tagger.tagWords(List.of(right, outside)));
                assertEquals(1, refused.index());
            }
        }
    }
}
