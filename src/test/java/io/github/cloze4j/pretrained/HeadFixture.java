package io.github.cloze4j.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What src/test/python/make_head_directories.py wrote: fine-tuned models as transformers saves them, and the scores that it
 * computes.
 *
 * @param name of the directory
 * @param head of the model
 */
public record HeadFixture(String name, TaskHead head) {
    /** Every directory. */
    public static Stream<HeadFixture> all() {
        return Stream.of(
                new HeadFixture("classes", new TaskHead(TaskKind.CLASSIFICATION, List.of("no", "maybe", "a \"yes\""))),
                new HeadFixture(
                        "plain", new TaskHead(TaskKind.CLASSIFICATION, List.of("LABEL_0", "LABEL_1", "LABEL_2"))),
                new HeadFixture("sets", new TaskHead(TaskKind.MULTI_LABEL, List.of("red", "青", "blue", "grün"))),
                new HeadFixture("numbers", new TaskHead(TaskKind.REGRESSION, List.of("LABEL_0"))),
                new HeadFixture("two-numbers", new TaskHead(TaskKind.REGRESSION, List.of("valence", "arousal"))),
                new HeadFixture("tags", new TaskHead(TaskKind.TAGGING, List.of("O", "B-PER", "I-PER"))),
                new HeadFixture("questions", new TaskHead(TaskKind.QUESTION_ANSWERING, List.of())),
                new HeadFixture("choices", new TaskHead(TaskKind.MULTIPLE_CHOICE, List.of())),
                new HeadFixture("relations", new TaskHead(TaskKind.RELATIONS, List.of("none", "child", "parent"))));
    }

    /**
     * The scores for one text.
     *
     * @param rows the rows that the head reads
     * @param scores those of one input after those of another
     */
    public record Answer(int[] ids, int[] types, int[] rows, double[] scores) {
        /** The text alone, with the rows as targets. */
        public Batch batch() {
            return new Batch(
                    1,
                    ids.length,
                    ids,
                    types,
                    IntStream.range(0, ids.length).toArray(),
                    Documents.bidirectional(0, ids.length),
                    ids.length,
                    List.of(new Targets(rows, new int[rows.length])));
        }
    }

    /** The directory. */
    public Path directory() {
        return Path.of("src/test/resources/pretrained/heads").resolve(name);
    }

    /** The scores of transformers, in double precision. */
    public List<Answer> answers() {
        try {
            JsonNode file = new ObjectMapper()
                    .readTree(directory().resolve("expected.json").toFile());
            return children(file.path("answers"))
                    .map(answer -> new Answer(
                            integers(answer.path("ids")),
                            integers(answer.path("types")),
                            integers(answer.path("rows")),
                            children(answer.path("scores"))
                                    .flatMap(HeadFixture::children)
                                    .mapToDouble(JsonNode::asDouble)
                                    .toArray()))
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static int[] integers(JsonNode array) {
        return children(array).mapToInt(JsonNode::asInt).toArray();
    }

    private static Stream<JsonNode> children(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    @Override
    public String toString() {
        return name;
    }
}
