package io.github.cloze4j.inference.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Greedy search and beam search find the tokens that generate() of transformers finds with a BertLMHeadModel. */
class GeneratorGoldenTest {
    private static final Path MODEL = GenerationFixture.DIRECTORY.resolve("tiny-decoder");

    private static Kernels kernels;
    private static Bert model;
    private static BertTokenizer tokenizer;
    private static Generator generator;

    @BeforeAll
    static void open() {
        kernels = KernelProviders.create("cpu", DataType.FLOAT);
        model = ModelDirectory.readModel(MODEL, kernels);
        tokenizer = ModelDirectory.readTokenizer(MODEL);
        generator = new Generator(model, tokenizer);
    }

    @AfterAll
    static void close() {
        generator.close();
        model.close();
        kernels.close();
    }

    static Stream<JsonNode> searches() {
        return GenerationFixture.cases("searches.json");
    }

    private static String prompt(JsonNode search) {
        return Arrays.stream(GenerationFixture.ints(search.path("prompt")))
                .skip(1)
                .mapToObj(tokenizer.vocabulary()::token)
                .collect(Collectors.joining(" "));
    }

    private static GenerationConfig config(JsonNode search) {
        return GenerationFixture.config(search.path("settings")).build();
    }

    private static void assertFound(JsonNode search, List<GeneratedText> texts) {
        JsonNode answers = search.path("answers");
        assertEquals(answers.size(), texts.size());
        for (int i = 0; i < answers.size(); i++) {
            GeneratedText text = texts.get(i);
            JsonNode answer = answers.path(i);
            assertEquals(
                    Arrays.stream(GenerationFixture.ints(answer.path("ids")))
                            .boxed()
                            .toList(),
                    text.ids(),
                    search.toString());
            assertEquals(
                    answer.path("ended").asBoolean() ? FinishReason.END : FinishReason.MAX_NEW_TOKENS,
                    text.finishReason());
            if (!answer.path("score").isNull()) {
                assertEquals(answer.path("score").asDouble(), text.score(), 1e-4, search.toString());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("searches")
    void theTokensAndScoresAreThoseOfTransformers(JsonNode search) {
        assertFound(search, generator.generate(prompt(search), config(search)));
    }

    @Test
    void promptsOfDifferentLengthsGiveTheSameTogether() {
        assertFoundTogether(generator);
    }

    @Test
    void theReferenceKernelsFindTheSame() {
        try (Kernels reference = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert ofReference = ModelDirectory.readModel(MODEL, reference);
                Generator doubles = new Generator(ofReference, tokenizer)) {
            assertFoundTogether(doubles);
        }
    }

    private static void assertFoundTogether(Generator generator) {
        searches().collect(Collectors.groupingBy(GeneratorGoldenTest::config)).forEach((config, cases) -> {
            List<String> prompts =
                    cases.stream().map(GeneratorGoldenTest::prompt).toList();
            List<List<GeneratedText>> texts = generator.generate(prompts, config);
            for (int i = 0; i < cases.size(); i++) {
                assertFound(cases.get(i), texts.get(i));
            }
        });
    }
}
