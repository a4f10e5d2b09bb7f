package io.github.cloze4j.inference.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Decoding;
import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Greedy generation from a model of BERT-base's size, in turns with {@code generate} of {@code transformers}
 * (src/test/python/generate_peer.py) on the same weights, prompts and number of threads. {@code -Dcloze4j.python} names a Python that
 * has torch and transformers.
 */
@Tag("peer-runs")
class GenerationPeerTest {
    private static final String PYTHON = System.getProperty("cloze4j.python", "python3");
    private static final int THREADS = Integer.getInteger("cloze4j.threads", 2);
    private static final int ROUNDS = Integer.getInteger("cloze4j.rounds", 5);
    private static final int WORDS = 30_522;
    private static final int PROMPT = 32;

    private static Kernels kernels;
    private static Bert model;
    private static BertTokenizer tokenizer;

    @TempDir
    static Path directory;

    @BeforeAll
    static void makeModel() {
        kernels = KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, THREADS);
        BertConfig config = new BertConfig(
                WORDS, 768, 12, 12, 3072, Activation.GELU, 0.1, 0.1, 512, 2, 0.02, 1e-12, true, null, true);
        model = new Bert(config, List.of(LanguageModelHead.NEXT_WORD), kernels);
        model.initialize(1);
        tokenizer = new BertTokenizer(
                Vocabulary.of(Stream.concat(
                                Stream.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
                                IntStream.range(5, WORDS).mapToObj(id -> "w" + id))
                        .toList()),
                TokenizerConfig.uncased());
        ModelDirectory.write(directory, model, tokenizer, Map.of());
    }

    @AfterAll
    static void close() {
        model.close();
        kernels.close();
    }

    private static List<String> prompts(int count) {
        RandomStream random = new RandomStream(7, 0, 0, 0);
        return IntStream.range(0, count)
                .mapToObj(text -> IntStream.range(1, PROMPT)
                        .mapToObj(i -> "w" + (5 + random.nextInt(WORDS - 5)))
                        .collect(Collectors.joining(" ")))
                .toList();
    }

    private static String ids(String prompt) {
        int[] ids = tokenizer.encode(prompt, new EncodeOptions(512, true, true)).ids();
        return Arrays.stream(ids, 0, PROMPT).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    private static JsonNode theirs(List<String> prompts, int tokens) throws IOException, InterruptedException {
        List<String> command = List.of(
                PYTHON,
                "src/test/python/generate_peer.py",
                "--model",
                directory.toString(),
                "--prompts",
                prompts.stream().map(GenerationPeerTest::ids).collect(Collectors.joining(" ")),
                "--new",
                Integer.toString(tokens),
                "--threads",
                Integer.toString(THREADS),
                "--suppress",
                "0,1,2,4");
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), "exit code of " + command);
        return new ObjectMapper().readTree(out);
    }

    private static GenerationConfig exactly(int tokens) {
        return GenerationConfig.builder()
                .minNewTokens(tokens)
                .maxNewTokens(tokens)
                .build();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void generationIsAtLeastAsFastWithTheSameTokens(int texts) throws IOException, InterruptedException {
        int tokens = 128;
        List<String> prompts = prompts(texts);
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        try (Generator generator = new Generator(model, tokenizer)) {
            generator.generate(prompts, exactly(tokens));
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                List<List<GeneratedText>> answers = generator.generate(prompts, exactly(tokens));
                ours.add((System.nanoTime() - start) / 1e9);
                JsonNode peer = theirs(prompts, tokens);
                theirs.add(peer.at("/seconds/0").asDouble());
                for (int text = 0; text < texts; text++) {
                    List<Integer> expected = new ArrayList<>();
                    peer.at("/ids/" + text).forEach(id -> expected.add(id.asInt()));
                    assertEquals(expected, answers.get(text).get(0).ids(), "text " + text);
                }
            }
        }
        System.out.printf("PEER generate, %d texts: ours %s s, transformers %s s%n", texts, ours, theirs);
        assertTrue(median(ours) <= median(theirs), "ours " + ours + ", transformers' " + theirs);
    }

    /** The time of a step at three lengths of the texts; with a square it would grow 256-fold from the first to the last. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void timeForATokenDoesNotGrowWithTheSquareOfTheLength(int texts) {
        double[] milliseconds = IntStream.of(32, 128, 496)
                .mapToDouble(length -> milliseconds(texts, length))
                .toArray();
        System.out.printf(
                "PEER milliseconds a step after 32, 128 and 496 tokens, %d texts: %s%n",
                texts, Arrays.toString(milliseconds));
        assertTrue(milliseconds[2] < 4 * milliseconds[0], Arrays.toString(milliseconds));
    }

    /** The median of 16 steps. */
    private static double milliseconds(int texts, int length) {
        int[] ids = new int[length];
        Arrays.fill(ids, 9);
        List<Double> steps = new ArrayList<>();
        try (Decoding decoding = model.decoding(model.heads().get(0), true)) {
            decoding.begin(Collections.nCopies(texts, Prompt.causal(ids)));
            for (int step = 0; step < 16; step++) {
                long start = System.nanoTime();
                decoding.scores();
                decoding.append(new int[texts]);
                steps.add((System.nanoTime() - start) / 1e6);
            }
        }
        return median(steps);
    }
}
