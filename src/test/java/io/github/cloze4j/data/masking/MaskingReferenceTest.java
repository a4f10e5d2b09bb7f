package io.github.cloze4j.data.masking;

import static io.github.cloze4j.data.masking.MaskingFixtures.VOCABULARY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.random.RandomStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Against counts of the references, made by make_masking_fixture.py: what is masked together and what becomes of it. */
class MaskingReferenceTest {
    private static final int LONGEST_ROW = 1 << 16;
    private static final int ROWS = 30_000;
    private static final JsonNode REFERENCE = read();
    private final long seed = System.nanoTime();

    private static JsonNode read() {
        try (InputStream json = MaskingReferenceTest.class.getResourceAsStream("/masking/statistics.json")) {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(names = {"HF", "GOOGLE", "WHOLE_WORD", "N_GRAM", "SPAN"})
    void masksAreDistributedAsThoseOfTheReference(Masking masking) {
        JsonNode reference = REFERENCE
                .get("masking")
                .get(masking.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        int[] wordLengths = StreamSupport.stream(reference.get("word_lengths").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        Map<String, Map<String, Integer>> counts = count(masking, wordLengths);

        Map<String, Integer> maskedPerRow = counts(reference.get("masked_per_row"));
        if (masking == Masking.HF) {
            // Where the collator masks none, Cloze4J masks one.
            maskedPerRow.merge("1", maskedPerRow.remove("0"), Integer::sum);
        }
        assertSameDistribution("masked per row", maskedPerRow, counts.get("masked_per_row"));
        for (String statistic : new String[] {"run_lengths", "fates", "long_runs"}) {
            assertSameDistribution(statistic, counts(reference.get(statistic)), counts.get(statistic));
        }
    }

    private static Map<String, Integer> counts(JsonNode node) {
        Map<String, Integer> counts = new TreeMap<>();
        node.properties()
                .forEach(field -> counts.put(field.getKey(), field.getValue().asInt()));
        return counts;
    }

    /** As the script counts. */
    private Map<String, Map<String, Integer>> count(Masking masking, int[] wordLengths) {
        Masker masker = new Masker(
                masking.strategy(REFERENCE.get("probability").asDouble(), VOCABULARY),
                TokenReplacement.BERT,
                SpecialTokens.of(VOCABULARY),
                VOCABULARY.size(),
                LONGEST_ROW);
        Map<String, Map<String, Integer>> counts = new TreeMap<>();
        Random random = new Random(seed);
        for (int example = 0; example < ROWS; example++) {
            PackedRow row = MaskingFixtures.rowOf(wordLengths, random);
            int[] before = row.ids().clone();
            int[] positions =
                    masker.mask(row, new RandomStream(seed, 0, 0, example)).positions();
            add(counts, "masked_per_row", Integer.toString(positions.length));
            for (int start = 0; start < positions.length; ) {
                int end = start;
                TreeSet<String> fates = new TreeSet<>();
                // Once a run: those of a run are not independent where they are drawn once.
                add(counts, "fates", fate(before[positions[start]], row.ids()[positions[start]]));
                do {
                    fates.add(fate(before[positions[end]], row.ids()[positions[end]]));
                    end++;
                } while (end < positions.length && positions[end] == positions[end - 1] + 1);
                add(counts, "run_lengths", Integer.toString(end - start));
                if (end > start + 1) {
                    add(counts, "long_runs", fates.size() == 1 ? "alike" : "mixed");
                }
                start = end;
            }
        }
        return counts;
    }

    private static String fate(int before, int after) {
        if (after == VOCABULARY.maskId()) {
            return "mask";
        }
        return after == before ? "kept" : "random";
    }

    private static void add(Map<String, Map<String, Integer>> counts, String statistic, String value) {
        counts.computeIfAbsent(statistic, name -> new TreeMap<>()).merge(value, 1, Integer::sum);
    }

    /** Pearson's test of two samples; values seen fewer than 20 times count as one, and one value alone is the same. */
    private void assertSameDistribution(String what, Map<String, Integer> expected, Map<String, Integer> received) {
        double all = sum(expected);
        double ours = sum(received);
        double statistic = 0;
        int bins = 0;
        double[] rare = new double[2];
        TreeSet<String> values = new TreeSet<>(expected.keySet());
        values.addAll(received.keySet());
        for (String value : values) {
            double a = expected.getOrDefault(value, 0);
            double b = received.getOrDefault(value, 0);
            if (a + b < 20) {
                rare[0] += a;
                rare[1] += b;
            } else {
                statistic += distance(a, b, all, ours);
                bins++;
            }
        }
        if (rare[0] + rare[1] > 0) {
            statistic += distance(rare[0], rare[1], all, ours);
            bins++;
        }
        assertTrue(
                bins == 1 || statistic < bound(bins - 1),
                what + ": " + statistic + " in " + bins + " bins, expected " + expected + ", received " + received
                        + ", seed " + seed);
    }

    private static double distance(double a, double b, double all, double ours) {
        double difference = Math.sqrt(ours / all) * a - Math.sqrt(all / ours) * b;
        return difference * difference / (a + b);
    }

    private static double sum(Map<String, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** What a chi-squared number exceeds once in 10^8 times (Wilson and Hilferty, 1931). */
    private static double bound(int degrees) {
        double normal = 5.6;
        return degrees * Math.pow(1 - 2.0 / (9 * degrees) + normal * Math.sqrt(2.0 / (9 * degrees)), 3);
    }

    /** From the paper: spans of 3.8 words on average. */
    @Test
    void spansHaveTheMeanLengthOfThePaper() {
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        double mean = IntStream.range(0, 1_000_000)
                .map(i -> SpanMasking.drawLength(random))
                .average()
                .orElseThrow();

        assertEquals(3.8, mean, 0.02, "seed " + seed);
    }

    /** Python's {@code round(length * 0.15)}, which rounds halves to even. */
    @ParameterizedTest
    @CsvSource({"3,1", "10,2", "30,4", "50,8", "70,10", "90,14", "110,16", "128,19", "512,77"})
    void googlesNumberIsRoundedAsPythonDoes(int length, int expected) {
        int[] words = IntStream.range(0, length - 2).map(i -> 1).toArray();
        PackedRow row = MaskingFixtures.rowOf(words, new Random(seed));

        int[] chosen = Masking.GOOGLE.strategy(0.15, VOCABULARY).choose(row, new RandomStream(seed, 0, 0, 0));

        assertEquals(expected, chosen.length);
    }
}
