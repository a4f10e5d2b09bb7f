package io.github.cloze4j.data.masking;

import static io.github.cloze4j.data.DataFixtures.SPECIALS;
import static io.github.cloze4j.data.DataFixtures.VOCABULARY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.DataFixtures;
import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskingTest {
    private static final int LONGEST_ROW = 1 << 16;

    private static PackedRow row(int... ids) {
        return new PackedRow(ids, new int[] {0, ids.length});
    }

    private static Masker masker(double probability) {
        return new Masker(
                new TokenMasking(probability, SPECIALS), TokenReplacement.BERT, SPECIALS, VOCABULARY, LONGEST_ROW);
    }

    @Test
    void shareAndReplacementsHoldOverTenMillionTokens() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Masker masker = masker(0.15);
        long candidates = 0;
        long masked = 0;
        long replacedByMask = 0;
        long kept = 0;
        int[] randomIds = new int[VOCABULARY];
        for (long example = 0; candidates < 10_000_000; example++) {
            int[] ids = DataFixtures.words(random, 100 + random.nextInt(28));
            ids[0] = SPECIALS.cls();
            ids[50] = SPECIALS.sep();
            ids[51] = SPECIALS.cls();
            ids[60] = SPECIALS.unk();
            ids[61] = SPECIALS.mask();
            ids[ids.length - 1] = SPECIALS.sep();
            candidates += ids.length - 6;
            int[] before = ids.clone();
            Masker.Masked result = masker.mask(row(ids), new RandomStream(seed, 0, 0, example));
            masked += result.labels().length;
            for (int i = 0; i < result.labels().length; i++) {
                int position = result.positions()[i];
                assertEquals(before[position], result.labels()[i]);
                assertFalse(SPECIALS.contains(before[position]), "a special token was masked, seed " + seed);
                if (ids[position] == SPECIALS.mask()) {
                    replacedByMask++;
                } else if (ids[position] == before[position]) {
                    kept++;
                } else {
                    randomIds[ids[position]]++;
                }
                before[position] = ids[position];
            }
            assertArrayEquals(before, ids, "only masked positions change");
        }
        // Of the random tenth, 1 in 1,000 is [MASK] and 1 in 1,000 the token itself.
        double tenthInHundred = 10.0;
        assertEquals(15, 100.0 * masked / candidates, 0.05, "seed " + seed);
        assertEquals(80 + tenthInHundred / VOCABULARY, 100.0 * replacedByMask / masked, 0.1, "seed " + seed);
        assertEquals(10 + tenthInHundred / VOCABULARY, 100.0 * kept / masked, 0.1, "seed " + seed);
        double expected = masked / 10.0 / VOCABULARY;
        for (int id = 0; id < VOCABULARY; id++) {
            // [MASK] itself was counted above. Six standard deviations for 999 ids.
            double uniform = id == SPECIALS.mask() ? 0 : expected;
            assertEquals(uniform, randomIds[id], 6 * Math.sqrt(expected), "id " + id + ", seed " + seed);
        }
    }

    @Test
    void everyPlaceOfARowIsMaskedEquallyOften() {
        TokenMasking masking = new TokenMasking(0.3, SPECIALS);
        int[] counts = new int[20];
        int rows = 50_000;
        PackedRow row = row(DataFixtures.words(new Random(1), counts.length));
        for (int example = 0; example < rows; example++) {
            for (int position : masking.choose(row, new RandomStream(9, 0, 0, example))) {
                counts[position]++;
            }
        }
        for (int count : counts) {
            assertEquals(0.3 * rows, count, 5 * Math.sqrt(0.3 * 0.7 * rows));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.15, 0.3, 0.5, 1})
    void theNumberMaskedIsTheShareRoundedDownOrUp(double probability) {
        TokenMasking masking = new TokenMasking(probability, SPECIALS);
        for (int length = 1; length <= 128; length++) {
            PackedRow row = row(DataFixtures.words(new Random(length), length));
            for (int example = 0; example < 50; example++) {
                int masked = masking.choose(row, new RandomStream(1, 2, length, example)).length;
                double share = probability * length;
                assertTrue(masked >= Math.max(1, Math.floor(share)), masked + " of " + length);
                assertTrue(masked <= Math.max(1, Math.ceil(share)), masked + " of " + length);
                assertTrue(masked <= masking.maxMasked(length + 2));
            }
        }
    }

    @Test
    void aShareOfOneAlwaysMasks() {
        Masker masker = new Masker(
                new TokenMasking(1, SPECIALS), new TokenReplacement(1, 0), SPECIALS, VOCABULARY, LONGEST_ROW);
        int[] ids = DataFixtures.words(new Random(3), 100);
        masker.mask(row(ids), new RandomStream(0, 0, 0, 0));

        assertTrue(Arrays.stream(ids).allMatch(id -> id == SPECIALS.mask()));
    }

    @Test
    void noWordReachesOverASpecialTokenWhateverTheBoundariesSay() {
        WordBoundaries everything = row -> {
            BitSet continuing = new BitSet();
            continuing.set(0, row.ids().length);
            return continuing;
        };
        PackedRow row = row(SPECIALS.cls(), 7, SPECIALS.unk(), 8, 9, SPECIALS.sep());

        RowWords words = RowWords.of(row, SPECIALS, everything);

        assertArrayEquals(new int[] {1, 3}, words.starts());
        assertArrayEquals(new int[] {2, 5}, words.ends());
    }

    @ParameterizedTest
    @CsvSource({"-0.1,0.1", "0.1,-0.1", "0.9,0.2", "NaN,0.1", "0.8,NaN"})
    void sharesOutsideTheirRangeAreRefused(double mask, double random) {
        String message = assertThrows(IllegalArgumentException.class, () -> new TokenReplacement(mask, random))
                .getMessage();
        assertTrue(message.contains(mask + " and " + random), message);
    }

    @Test
    void aRowOfSpecialTokensHasNoMasks() {
        Masker masker = masker(1);
        Masker.Masked masked = masker.mask(
                row(SPECIALS.cls(), SPECIALS.unk(), SPECIALS.mask(), SPECIALS.pad(), SPECIALS.sep()),
                new RandomStream(0, 0, 0, 0));
        assertEquals(0, masked.labels().length);
        assertEquals(0, masked.positions().length);
    }

    /** A strategy that chooses what it was given, and says that it chooses at most two positions. */
    private static Masker choosing(int maxMasked, int... positions) {
        MaskingStrategy strategy = new MaskingStrategy() {
            @Override
            public int maxMasked(int seqLen) {
                return maxMasked;
            }

            @Override
            public int[] choose(PackedRow row, RandomStream random) {
                return positions;
            }

            @Override
            public String toString() {
                return "a test's strategy";
            }
        };
        return new Masker(strategy, TokenReplacement.BERT, SPECIALS, VOCABULARY, 8);
    }

    @Test
    void aStrategyThatChoosesWronglyIsRefusedBeforeItsRowIsTrainedOn() {
        int[] ids = {SPECIALS.cls(), 7, 8, 9, SPECIALS.sep()};
        RandomStream random = new RandomStream(0, 0, 0, 0);
        assertEquals(2, choosing(2, 1, 3).mask(row(ids.clone()), random).labels().length);
        int[][] wrong = {{3, 1}, {2, 2}, {-1, 2}, {1, 5}, {0, 1}, {3, 4}, {1, 2, 3}};
        for (int[] positions : wrong) {
            int[] masked = ids.clone();
            String message = assertThrows(IllegalArgumentException.class, () -> choosing(2, positions)
                            .mask(row(masked), random))
                    .getMessage();
            assertTrue(
                    message.matches("Expected a masking strategy that chooses .* Received: "
                            + Pattern.quote(Arrays.toString(positions)) + " from a test's strategy\\. .*"),
                    message);
            assertArrayEquals(ids, masked);
        }
        for (int maxMasked : new int[] {0, 9}) {
            assertThrows(IllegalArgumentException.class, () -> choosing(maxMasked, 1));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.0001, Double.NaN, Double.POSITIVE_INFINITY})
    void probabilitiesOutsideTheirRangeAreRefused(double probability) {
        String message = assertThrows(IllegalArgumentException.class, () -> new TokenMasking(probability, SPECIALS))
                .getMessage();
        assertTrue(message.contains(String.valueOf(probability)), message);
    }

    @Test
    void specialTokensMustDiffer() {
        assertThrows(IllegalArgumentException.class, () -> new SpecialTokens(0, 1, 2, 3, 3));
        assertThrows(IllegalArgumentException.class, () -> new SpecialTokens(-1, 1, 2, 3, 4));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Masker(
                        new TokenMasking(0.15, SPECIALS), TokenReplacement.BERT, SPECIALS, SPECIALS.mask(), 9));
    }
}
