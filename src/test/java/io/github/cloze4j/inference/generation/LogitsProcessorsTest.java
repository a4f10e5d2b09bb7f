package io.github.cloze4j.inference.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.inference.Probabilities;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The changes of scores equal those of transformers, one by one, and hold what they promise for random scores. */
class LogitsProcessorsTest {
    private static final Map<String, Class<?>> NAMES = Map.of(
            "RepetitionPenaltyLogitsProcessor", RepetitionPenalty.class,
            "NoRepeatNGramLogitsProcessor", NoRepeatNgram.class,
            "NoBadWordsLogitsProcessor", BadWords.class,
            "MinNewTokensLengthLogitsProcessor", MinNewTokens.class,
            "SuppressTokensLogitsProcessor", SuppressTokens.class,
            "TemperatureLogitsWarper", Temperature.class,
            "TopKLogitsWarper", TopK.class,
            "TopPLogitsWarper", TopP.class,
            "MinPLogitsWarper", MinP.class);
    private static final int WORDS = 14;
    private static final Vocabulary VOCABULARY = Vocabulary.of(Stream.concat(
                    Stream.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
                    IntStream.range(5, WORDS).mapToObj(word -> "w" + word))
            .toList());

    static Stream<JsonNode> cases() {
        return GenerationFixture.cases("processors.json");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theDistributionAfterEachProcessorIsThatOfTransformers(JsonNode expected) {
        GenerationConfig config = GenerationFixture.config(expected.path("settings"))
                .allowUnknown(true)
                .build();
        TokenSequence sequence = new TokenSequence(
                GenerationFixture.ints(expected.path("ids")),
                expected.path("prompt_length").asInt());
        double[] scores = GenerationFixture.children(expected.path("scores"))
                .mapToDouble(score -> score.isNull() ? Double.NEGATIVE_INFINITY : score.asDouble())
                .toArray();

        LogitsProcessors both = LogitsProcessors.of(config, VOCABULARY);
        List<LogitsProcessor> processors = Stream.concat(both.always().stream(), both.whenSampling().stream())
                .toList();

        JsonNode steps = expected.path("steps");
        assertEquals(
                GenerationFixture.children(steps)
                        .map(step -> NAMES.get(step.path(0).asText()))
                        .toList(),
                processors.stream().map(Object::getClass).toList());
        for (int i = 0; i < processors.size(); i++) {
            processors.get(i).process(sequence, scores);
            double[] distribution = GenerationFixture.children(steps.path(i).path(1))
                    .mapToDouble(JsonNode::asDouble)
                    .toArray();
            assertArrayEquals(
                    distribution,
                    Probabilities.softmax(scores),
                    1e-6,
                    processors.get(i).toString());
        }
    }

    @Test
    void randomScoresKeepTheirPromises() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        for (int round = 0; round < 300; round++) {
            double[] scores = new double[2 + random.nextInt(200)];
            // Few values: most have equals.
            Arrays.setAll(scores, id -> random.nextInt(20) / 4.0);
            double p = 0.01 + 0.98 * random.nextDouble();
            assertMinimal(p, Probabilities.softmax(scores), kept(new TopP(p), scores));
            int k = 1 + random.nextInt(scores.length);
            assertBest(scores, k, kept(new TopK(k), scores));
            double share = random.nextDouble();
            double highest = Arrays.stream(scores).max().orElseThrow();
            boolean[] kept = kept(new MinP(share), scores);
            for (int id = 0; id < scores.length; id++) {
                double ratio = Math.exp(scores[id] - highest);
                assertTrue(kept[id] ? ratio > share - 1e-6 : ratio < share + 1e-6, "min-p");
            }
        }
    }

    private static boolean[] kept(LogitsProcessor processor, double[] scores) {
        double[] changed = scores.clone();
        processor.process(TokenSequence.of(), changed);
        boolean[] kept = new boolean[scores.length];
        for (int id = 0; id < kept.length; id++) {
            kept[id] = changed[id] > Double.NEGATIVE_INFINITY;
            assertTrue(!kept[id] || changed[id] == scores[id], "a kept score changes");
        }
        return kept;
    }

    /** The kept tokens have the probability p, and without the least probable of them they do not. */
    private static void assertMinimal(double p, double[] probabilities, boolean[] kept) {
        double sum = 0;
        double least = 1;
        double mostRemoved = 0;
        for (int id = 0; id < kept.length; id++) {
            if (kept[id]) {
                sum += probabilities[id];
                least = Math.min(least, probabilities[id]);
            } else {
                mostRemoved = Math.max(mostRemoved, probabilities[id]);
            }
        }
        assertTrue(sum > p - 1e-6, sum + " is less than " + p);
        assertTrue(sum - least < p + 1e-6, sum + " is enough without " + least + " for " + p);
        assertTrue(mostRemoved <= least, mostRemoved + " is removed, " + least + " is kept");
    }

    private static void assertBest(double[] scores, int k, boolean[] kept) {
        double[] sorted = Arrays.stream(scores).sorted().toArray();
        for (int id = 0; id < kept.length; id++) {
            assertEquals(scores[id] >= sorted[sorted.length - k], kept[id]);
        }
    }

    @Test
    void noSequenceOfTokensComesTwice() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        for (int size = 1; size <= 4; size++) {
            TokenSequence sequence = TokenSequence.of(random.nextInt(4));
            while (sequence.ids().length < 40) {
                double[] scores = new double[4];
                new NoRepeatNgram(size).process(sequence, scores);
                int[] allowed =
                        IntStream.range(0, 4).filter(id -> scores[id] == 0).toArray();
                for (int id = 0; id < 4; id++) {
                    assertEquals(ngrams(sequence, size).contains(last(sequence.with(id), size)), scores[id] != 0);
                }
                if (allowed.length == 0) {
                    break;
                }
                sequence = sequence.with(allowed[random.nextInt(allowed.length)]);
            }
            assertEquals(
                    ngrams(sequence, size).size(),
                    ngrams(sequence, size).stream().distinct().count());
        }
    }

    private static List<List<Integer>> ngrams(TokenSequence sequence, int size) {
        List<List<Integer>> all = new ArrayList<>();
        for (int end = size; end <= sequence.ids().length; end++) {
            all.add(last(new TokenSequence(Arrays.copyOf(sequence.ids(), end), 0), size));
        }
        return all;
    }

    private static List<Integer> last(TokenSequence sequence, int size) {
        int[] ids = sequence.ids();
        return Arrays.stream(ids, Math.max(0, ids.length - size), ids.length)
                .boxed()
                .toList();
    }

    @Test
    void specialTokensAndIdsBeyondTheVocabularyNeverCome() {
        double[] scores = new double[WORDS + 3];
        LogitsProcessors.of(GenerationConfig.builder().build(), VOCABULARY).process(TokenSequence.of(), scores);
        for (int id = 0; id < scores.length; id++) {
            boolean never = id == 0 || id == 1 || id == 2 || id == 4 || id >= WORDS;
            assertEquals(never, scores[id] == Double.NEGATIVE_INFINITY, "id " + id);
        }
        double[] unknown = new double[WORDS];
        LogitsProcessors.of(GenerationConfig.builder().allowUnknown(true).build(), VOCABULARY)
                .process(TokenSequence.of(), unknown);
        assertEquals(0, unknown[1]);
    }

    @Test
    void badWordsOutsideTheVocabularyAreRefused() {
        GenerationConfig config = GenerationConfig.builder()
                .badWordsIds(List.of(List.of(3, WORDS)))
                .build();
        String message = assertThrows(IllegalArgumentException.class, () -> LogitsProcessors.of(config, VOCABULARY))
                .getMessage();
        assertTrue(message.contains("[3, " + WORDS + "]"), message);
    }
}
