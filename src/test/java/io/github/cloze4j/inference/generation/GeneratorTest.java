package io.github.cloze4j.inference.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.inference.Probabilities;
import io.github.cloze4j.inference.TextRefusedException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.Decoding;
import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Sampling, endings, streaming, and the manners of an object of this room. */
class GeneratorTest {
    private static final Path MODEL = GenerationFixture.DIRECTORY.resolve("tiny-decoder");
    private static final int POSITIONS = 48;
    private static final List<String> PROMPTS =
            List.of("the cat", "", "a red dog sat", "the old king and the", "un", "fish .", "the", "a house");
    private static final GenerationConfig SAMPLES = GenerationConfig.builder()
            .doSample(true)
            .temperature(1.5)
            .maxNewTokens(12)
            .build();

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

    private static RandomStream random() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        return new RandomStream(seed, 0, 0, 0);
    }

    @Test
    void theSameSeedGivesTheSameTextWhateverIsBesideIt() {
        GenerationConfig config = SAMPLES.toBuilder().seed(random().nextLong()).build();
        List<List<GeneratedText>> together = generator.generate(PROMPTS, config);
        assertEquals(ids(together.subList(0, 1)), ids(List.of(generator.generate(PROMPTS.get(0), config))));
        assertEquals(ids(together.subList(0, 3)), ids(generator.generate(PROMPTS.subList(0, 3), config)));
        assertEquals(ids(together.subList(1, 3)), ids(generator.generate(PROMPTS.subList(1, 3), config, 1)));
        // More than the texts of one batch.
        List<String> many =
                Collections.nCopies(6, PROMPTS).stream().flatMap(List::stream).toList();
        assertEquals(ids(together), ids(generator.generate(many, config).subList(0, PROMPTS.size())));

        List<List<GeneratedText>> eight = generator.generate(
                PROMPTS, config.toBuilder().numReturnSequences(8).build());
        for (int prompt = 0; prompt < PROMPTS.size(); prompt++) {
            assertEquals(
                    together.get(prompt).get(0).ids(), eight.get(prompt).get(0).ids());
        }
        List<List<GeneratedText>> hundred = generator.generate(
                PROMPTS.subList(0, 2),
                config.toBuilder().numReturnSequences(100).build());
        assertEquals(ids(eight.subList(1, 2)), ids(List.of(hundred.get(1).subList(0, 8))));
        assertEquals(100, hundred.get(0).size());
        assertTrue(new HashSet<>(ids(eight)).size() > PROMPTS.size() / 2, "all samples are the same");
        assertNotEquals(
                ids(together),
                ids(generator.generate(
                        PROMPTS, config.toBuilder().seed(config.seed() + 1).build())));
    }

    private static List<List<Integer>> ids(List<List<GeneratedText>> texts) {
        return texts.stream().flatMap(List::stream).map(GeneratedText::ids).toList();
    }

    /** A configuration that random numbers choose, of all that may be combined. */
    private static GenerationConfig anyConfig(RandomStream random) {
        GenerationConfig.Builder builder = GenerationConfig.builder()
                .maxNewTokens(8 + random.nextInt(8))
                .minNewTokens(random.nextInt(8))
                .repetitionPenalty(0.8 + random.nextDouble())
                .noRepeatNgramSize(random.nextInt(4))
                .badWordsIds(List.of(List.of(50), List.of(27, 18)))
                .allowUnknown(random.nextInt(2) == 0)
                .seed(random.nextLong());
        return switch (random.nextInt(3)) {
            case 0 -> builder.build();
            case 1 ->
                builder.numBeams(3)
                        .numReturnSequences(2)
                        .lengthPenalty(2 * random.nextDouble())
                        .build();
            default ->
                builder.doSample(true)
                        .numReturnSequences(3)
                        .temperature(0.5 + 2 * random.nextDouble())
                        .topK(random.nextInt(20))
                        .topP(0.5 + random.nextDouble() / 2)
                        .minP(random.nextDouble() / 10)
                        .build();
        };
    }

    @Test
    void whateverTheSettingsTheyHold() {
        RandomStream random = random();
        for (int round = 0; round < 12; round++) {
            GenerationConfig config = anyConfig(random);
            List<List<GeneratedText>> answers = generator.generate(PROMPTS, config);
            for (int prompt = 0; prompt < PROMPTS.size(); prompt++) {
                assertEquals(config.numReturnSequences(), answers.get(prompt).size(), config.toString());
                for (GeneratedText text : answers.get(prompt)) {
                    assertHolds(config, PROMPTS.get(prompt), text);
                }
                double[] scores = answers.get(prompt).stream()
                        .mapToDouble(GeneratedText::score)
                        .toArray();
                assertTrue(config.doSample() || scores.length < 2 || scores[0] >= scores[1], config.toString());
            }
        }
    }

    private static void assertHolds(GenerationConfig config, String prompt, GeneratedText text) {
        String message = config + ": " + text;
        boolean ended = text.finishReason() == FinishReason.END;
        assertTrue(text.ids().size() >= config.minNewTokens(), message);
        assertEquals(!ended, text.ids().size() == config.maxNewTokens(), message);
        for (int never : config.allowUnknown() ? new int[] {0, 2, 3, 4, 50} : new int[] {0, 1, 2, 3, 4, 50}) {
            assertFalse(text.ids().contains(never), message);
        }
        List<Integer> all = Stream.concat(Arrays.stream(tokenizer.ids(prompt)).boxed(), text.ids().stream())
                .toList();
        assertTrue(Collections.indexOfSubList(text.ids(), List.of(27, 18)) < 0, message);
        int size = config.noRepeatNgramSize();
        int generated = all.size() - text.ids().size();
        for (int last = Math.max(generated, size - 1); size > 0 && last < all.size(); last++) {
            int first = last - size + 1;
            assertEquals(first, Collections.indexOfSubList(all, all.subList(first, last + 1)), message);
        }
        assertTrue(text.logProbability() < 0, message);
    }

    @Test
    void drawsFollowTheProbabilities() {
        TokenChoice choice = new TokenChoice(true, random().nextLong());
        double[] scores = {Math.log(0.5), Double.NEGATIVE_INFINITY, Math.log(0.2), Math.log(0.3)};
        int[] counts = new int[scores.length];
        for (int draw = 0; draw < 40_000; draw++) {
            counts[choice.choose(scores, draw % 7, draw % 11, draw)]++;
        }
        // Six standard deviations.
        for (int id = 0; id < scores.length; id++) {
            assertEquals(40_000 * Math.exp(scores[id]), counts[id], 600, "id " + id);
        }
    }

    @Test
    void stopStringsAreNeverInTheTextNorShown() {
        RandomStream random = random();
        List<String> stops = List.of(" a", "e d", "s", "king", "fish and", ".");
        int stopped = 0;
        for (int round = 0; round < 15; round++) {
            List<String> some =
                    List.of(stops.get(random.nextInt(stops.size())), stops.get(random.nextInt(stops.size())));
            GenerationConfig config = SAMPLES.toBuilder()
                    .seed(random.nextLong())
                    .numReturnSequences(3)
                    .stopStrings(some)
                    .build();
            List<StringBuilder> shown = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                shown.add(new StringBuilder());
            }
            List<GeneratedText> texts = generator.generate(
                    "the cat", config, 0, (number, piece) -> shown.get(number).append(piece));
            List<GeneratedText> free = generator.generate(
                    "the cat", config.toBuilder().stopStrings(List.of()).build());
            for (int i = 0; i < texts.size(); i++) {
                GeneratedText text = texts.get(i);
                assertTrue(some.stream().noneMatch(text.text()::contains), some + " in " + text);
                assertEquals(text.text(), shown.get(i).toString());
                assertTrue(free.get(i).text().startsWith(text.text()), text + " does not begin " + free.get(i));
                boolean has = some.stream().anyMatch(free.get(i).text()::contains);
                assertEquals(has, text.finishReason() == FinishReason.STOP_STRING, text + " of " + free.get(i));
                stopped += has ? 1 : 0;
            }
        }
        assertTrue(stopped > 5, "only " + stopped + " texts have a stop string");
    }

    @Test
    void beamsStopAtStopStringsToo() {
        GenerationConfig config = GenerationConfig.builder()
                .numBeams(4)
                .numReturnSequences(4)
                .maxNewTokens(12)
                .build();
        GeneratedText free = generator.generate("the cat", config).get(0);
        String stop = free.text().strip().substring(0, 2);
        StringBuilder shown = new StringBuilder();
        List<GeneratedText> texts = generator.generate(
                "the cat",
                config.toBuilder().stopStrings(List.of(stop)).build(),
                0,
                (number, piece) -> shown.append(number == 0 ? piece : ""));
        assertTrue(texts.stream().noneMatch(text -> text.text().contains(stop)), texts.toString());
        assertTrue(texts.stream().anyMatch(text -> text.finishReason() == FinishReason.STOP_STRING));
        assertEquals(texts.get(0).text(), shown.toString());
    }

    @Test
    void piecesOfATextJoined() {
        List<String> pieces = new ArrayList<>();
        GeneratedText text = generator
                .generate(
                        "the cat",
                        SAMPLES.toBuilder().minNewTokens(12).build(),
                        0,
                        (number, piece) -> pieces.add(piece))
                .get(0);
        assertEquals(text.text(), String.join("", pieces));
        assertTrue(pieces.size() > 4, pieces.toString());
        assertFalse(pieces.contains(""));
    }

    @Test
    void aListenerMayEndTheGeneration() {
        assertThrows(
                CancellationException.class,
                () -> generator.generate(
                        "the cat", SAMPLES.toBuilder().minNewTokens(12).build(), 0, (number, piece) -> {
                            throw new CancellationException();
                        }));
        assertEquals(1, generator.generate("the cat", SAMPLES).size());
    }

    @Test
    void logProbabilitiesAreThoseOfTheModel() {
        GenerationConfig config = GenerationConfig.builder()
                .repetitionPenalty(1.7)
                .maxNewTokens(5)
                .minNewTokens(5)
                .build();
        GeneratedText text = generator.generate("the cat", config).get(0);
        int[] prompt =
                tokenizer.encode("the cat", new EncodeOptions(9, true, true)).ids();
        try (Decoding decoding = model.decoding(model.requireHead(LanguageModelHead.NEXT_WORD_LOSS), false)) {
            decoding.begin(List.of(Prompt.causal(Arrays.copyOf(prompt, prompt.length - 1))));
            double sum = 0;
            for (int id : text.ids()) {
                double[] scores = decoding.scores().toDoubleVector();
                sum += scores[id] - Probabilities.logSum(scores);
                decoding.append(id);
            }
            assertEquals(sum, text.logProbability(), 1e-4);
            assertEquals(text.logProbability(), text.score());
        }
    }

    @Test
    void aTextEndsAtTheModelsLastPosition() {
        GenerationConfig config =
                SAMPLES.toBuilder().maxNewTokens(1000).minNewTokens(1000).build();
        GeneratedText text = generator.generate("the cat", config).get(0);
        assertEquals(FinishReason.MAX_POSITIONS, text.finishReason());
        assertEquals(POSITIONS - 3, text.ids().size());
        String longest = "the " + "a ".repeat(POSITIONS - 3);
        assertEquals(1, generator.generate(longest, config).get(0).ids().size());
        String message = assertThrows(IllegalArgumentException.class, () -> generator.generate(longest + "a", config))
                .getMessage();
        assertTrue(message.contains("at most 47 tokens") && message.contains("Received: 48 in 'the a a"), message);
    }

    @Test
    void ofManyPromptsTheRefusedOneIsNamed() {
        TextRefusedException refused = assertThrows(
                TextRefusedException.class, () -> generator.generate(List.of("the", "a ".repeat(POSITIONS)), SAMPLES));
        assertEquals(1, refused.index());
        assertEquals(List.of(), generator.generate(List.of(), SAMPLES));
    }

    @Test
    void settingsThatForbidAllTokensAreNamed() {
        GenerationConfig config = GenerationConfig.builder()
                .noRepeatNgramSize(1)
                .maxNewTokens(40)
                .minNewTokens(40)
                .badWordsIds(IntStream.range(5, 40).mapToObj(List::of).toList())
                .build();
        for (GenerationConfig each : List.of(
                config,
                config.toBuilder().numBeams(2).build(),
                config.toBuilder().doSample(true).topK(5).topP(0.5).minP(0.1).build())) {
            String message = assertThrows(Cloze4jException.class, () -> generator.generate("the", each))
                    .getMessage();
            assertTrue(message.contains("forbid all") && message.contains("noRepeatNgramSize"), message);
        }
    }

    @Test
    void threadsThatShareAGeneratorGetTheTextsOfOneThread() throws InterruptedException, ExecutionException {
        List<GeneratedText> expected = new ArrayList<>();
        List<Callable<List<GeneratedText>>> calls = new ArrayList<>();
        for (String prompt : PROMPTS) {
            expected.addAll(generator.generate(prompt, SAMPLES));
            calls.add(() -> generator.generate(prompt, SAMPLES));
        }
        ExecutorService pool = Executors.newFixedThreadPool(PROMPTS.size());
        try {
            List<GeneratedText> texts = new ArrayList<>();
            for (Future<List<GeneratedText>> done : pool.invokeAll(calls)) {
                texts.addAll(done.get());
            }
            assertEquals(expected, texts);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void anInterruptEndsACall() {
        Thread.currentThread().interrupt();
        GenerationConfig config = SAMPLES.toBuilder().minNewTokens(12).build();
        String message = assertThrows(Cloze4jException.class, () -> generator.generate("the", config))
                .getMessage();
        assertTrue(message.contains("interrupt"), message);
        assertTrue(Thread.interrupted());
        generator.generate("the", config);
    }

    @Test
    void aClosedGeneratorRefusesAndTheModelGoesOn() {
        String alone = generator.generate("the", SAMPLES).get(0).text();
        assertThrows(
                IllegalStateException.class,
                () -> generator.generate("the", SAMPLES, 0, (text, piece) -> generator.generate("a cat", SAMPLES)));
        assertEquals(alone, generator.generate("the", SAMPLES).get(0).text());
        Generator closed = new Generator(model, tokenizer);
        closed.generate("the", SAMPLES);
        closed.close();
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.generate("the", SAMPLES));
        generator.generate("the", SAMPLES);
    }

    @Test
    void aModelOfMaskedWordsIsRefused() {
        try (Bert masked = new Bert(model.config(), List.of(LanguageModelHead.MASKED), kernels)) {
            String message = assertThrows(IllegalArgumentException.class, () -> new Generator(masked, tokenizer))
                    .getMessage();
            assertTrue(message.contains("clm or prefix-lm. Received: one with mlm"), message);
        }
    }

    @Test
    void aSourceIsReadWholeAndMayBeRepeated() {
        try (Bert rewriting = new Bert(model.config(), List.of(LanguageModelHead.PREFIX), kernels);
                Generator targets = new Generator(rewriting, tokenizer);
                Decoding decoding = rewriting.decoding(rewriting.requireHead(LanguageModelHead.PREFIX_LOSS), false)) {
            rewriting.initialize(5);
            int[] source = tokenizer
                    .encode("the cat", new EncodeOptions(9, true, true))
                    .ids();
            decoding.begin(List.of(Prompt.source(source)));
            GenerationConfig config = GenerationConfig.builder()
                    .maxNewTokens(4)
                    .minNewTokens(4)
                    .noRepeatNgramSize(1)
                    .build();
            GeneratedText text = targets.generate("the cat", config).get(0);
            List<Integer> expected = new ArrayList<>();
            while (expected.size() < 4) {
                double[] scores = decoding.scores().toDoubleVector();
                int best = -1;
                for (int id = 5; id < tokenizer.vocabulary().size(); id++) {
                    if (!expected.contains(id) && (best < 0 || scores[id] > scores[best])) {
                        best = id;
                    }
                }
                expected.add(best);
                decoding.append(best);
            }
            assertEquals(expected, text.ids());
            assertFalse(text.text().startsWith(" "), text.text());
            String message = assertThrows(
                            IllegalArgumentException.class, () -> targets.generate("a ".repeat(POSITIONS - 2), config))
                    .getMessage();
            assertTrue(message.contains("[CLS] and [SEP] included"), message);
        }
    }
}
