package io.github.cloze4j.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/** Answers of transformers, written by src/test/python/make_answers_fixture.py. */
public final class AnswersFixture {
    /** A model that answers questions. */
    public static final Path QUESTIONS = Path.of("src/test/resources/answers/tiny-qa");

    /** A model that chooses. */
    static final Path CHOICES = Path.of("src/test/resources/answers/tiny-choice");

    private AnswersFixture() {}

    /** A question with its windows, and its answers under several options. */
    public record AskedQuestion(
            String question,
            String context,
            TokenLimit limit,
            int[] gold,
            List<ScoredWindow> windows,
            List<Result> results) {
        /** Whether the question has an answer. */
        public boolean hasAnswer() {
            return gold.length > 0;
        }
    }

    /**
     * A window.
     *
     * @param places the start and the end of each token in the context; -1 for other tokens
     * @param maximal 1 for each token of which no other window has more context
     * @param gold the first and the last token of the gold answer
     */
    public record ScoredWindow(
            int[] ids, int[] types, int[][] places, int[] maximal, int[] gold, double[] start, double[] end) {
        double[][] scores() {
            double[][] scores = new double[start.length][];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = new double[] {start[i], end[i]};
            }
            return scores;
        }
    }

    /** The options and what post-processing makes of the scores. */
    record Result(
            boolean unanswerable,
            int candidates,
            int longest,
            double threshold,
            String answer,
            double noAnswerScore,
            double noAnswerProbability,
            List<double[]> best) {
        AnswerOptions options(TokenLimit limit) {
            return new AnswerOptions(limit, longest, candidates, unanswerable, threshold);
        }
    }

    /** A text with choices. */
    record Choice(String text, List<String> choices, double[] scores, double[] probabilities) {}

    /** The questions. */
    public static List<AskedQuestion> questions() {
        return children(read("questions")).map(AnswersFixture::question).toList();
    }

    static List<Choice> choices() {
        return children(read("choices"))
                .map(node -> new Choice(
                        node.path("text").asText(),
                        children(node.path("choices")).map(JsonNode::asText).toList(),
                        doubles(node.path("scores")),
                        doubles(node.path("probabilities"))))
                .toList();
    }

    /** The tokenizer of both models. */
    public static BertTokenizer tokenizer() {
        return ModelDirectory.readTokenizer(QUESTIONS);
    }

    static Bert model(Path directory, Kernels kernels) {
        try (StoredModel stored = ModelDirectory.open(directory)) {
            return stored.readFineTuned(kernels);
        }
    }

    private static AskedQuestion question(JsonNode node) {
        return new AskedQuestion(
                node.path("question").asText(),
                node.path("context").asText(),
                TokenLimit.windows(
                        node.path("max_tokens").intValue(), node.path("overlap").intValue()),
                ints(node.path("gold")),
                children(node.path("windows"))
                        .map(window -> new ScoredWindow(
                                ints(window.path("ids")),
                                ints(window.path("types")),
                                children(window.path("places"))
                                        .map(AnswersFixture::ints)
                                        .toArray(int[][]::new),
                                ints(window.path("maximal")),
                                ints(window.path("gold")),
                                doubles(window.path("start")),
                                doubles(window.path("end"))))
                        .toList(),
                children(node.path("results"))
                        .map(result -> new Result(
                                result.path("unanswerable").booleanValue(),
                                result.path("best").intValue(),
                                result.path("longest").intValue(),
                                result.path("threshold").doubleValue(),
                                result.path("answer").asText(),
                                result.path("no_answer_score").doubleValue(),
                                result.path("no_answer_probability").doubleValue(),
                                children(result.path("n_best"))
                                        .map(AnswersFixture::doubles)
                                        .toList()))
                        .toList());
    }

    private static JsonNode read(String name) {
        try {
            return new ObjectMapper()
                    .readTree(Path.of("src/test/resources/answers", name + ".json")
                            .toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static java.util.stream.Stream<JsonNode> children(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false);
    }

    private static int[] ints(JsonNode node) {
        return children(node).mapToInt(JsonNode::intValue).toArray();
    }

    private static double[] doubles(JsonNode node) {
        return children(node).mapToDouble(JsonNode::doubleValue).toArray();
    }
}
