package io.github.cloze4j.data.masking;

import static io.github.cloze4j.data.masking.MaskingFixtures.VOCABULARY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every strategy promises, on rows of many documents; the seed is in every message. */
class MaskingStrategiesTest {
    private static final int ROWS = 2_000;
    private static final int SEQ_LEN = 128;
    private static final int LONGEST_ROW = 1 << 16;
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private static Masker masker(MaskingStrategy strategy, TokenReplacement replacement) {
        return new Masker(strategy, replacement, SpecialTokens.of(VOCABULARY), VOCABULARY.size(), LONGEST_ROW);
    }

    private static RandomStream stream(long seed, long epoch, long row) {
        return new RandomStream(seed, 1, epoch, row);
    }

    private int[] candidates(PackedRow row) {
        return IntStream.range(0, row.ids().length)
                .filter(i -> !VOCABULARY.isSpecial(row.ids()[i]))
                .toArray();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void specialTokensAreLeftAloneAndPositionsAscend(Masking masking) {
        for (double probability : new double[] {0.01, 0.15, 0.5, 1}) {
            MaskingStrategy strategy = masking.strategy(probability, VOCABULARY);
            for (int example = 0; example < ROWS / 4; example++) {
                PackedRow row = MaskingFixtures.row(random);
                int[] before = row.ids().clone();
                int[] chosen = strategy.choose(row, stream(seed, 0, example));
                assertArrayEquals(before, row.ids(), "choosing changes nothing, seed " + seed);
                for (int i = 0; i < chosen.length; i++) {
                    assertFalse(VOCABULARY.isSpecial(row.ids()[chosen[i]]), "seed " + seed);
                    assertTrue(i == 0 || chosen[i] > chosen[i - 1], "ascending, none twice; seed " + seed);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void theNumberOfARowIsThatOfTheReference(Masking masking) {
        for (double probability : new double[] {0.01, 0.15, 0.5, 1}) {
            MaskingStrategy strategy = masking.strategy(probability, VOCABULARY);
            for (int example = 0; example < ROWS / 4; example++) {
                PackedRow row = MaskingFixtures.row(random);
                int masked = strategy.choose(row, stream(seed, 0, example)).length;
                int candidates = candidates(row).length;
                double most =
                        switch (masking) {
                            case HF -> candidates;
                            case TOKEN, SPAN -> Math.max(1, Math.ceil(probability * candidates));
                            case GOOGLE, WHOLE_WORD, CHINESE_WHOLE_WORD, N_GRAM ->
                                Math.max(1, Math.rint(probability * row.ids().length));
                        };
                assertTrue(masked <= most, masked + " of at most " + most + ", seed " + seed);
                assertTrue(masked <= strategy.maxMasked(SEQ_LEN), "seed " + seed);
                if (masking == Masking.GOOGLE) {
                    assertEquals(Math.min(most, candidates), masked, "seed " + seed);
                }
                if (masking == Masking.HF || masking == Masking.TOKEN) {
                    assertTrue(masked >= Math.min(1, candidates), "seed " + seed);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void theShareOfManyRowsIsTheProbability(Masking masking) {
        MaskingStrategy strategy = masking.strategy(0.15, VOCABULARY);
        long asked = 0;
        long masked = 0;
        for (int example = 0; example < ROWS; example++) {
            PackedRow row = MaskingFixtures.row(random);
            asked += switch (masking) {
                case TOKEN, HF, SPAN -> candidates(row).length;
                case GOOGLE, WHOLE_WORD, CHINESE_WHOLE_WORD, N_GRAM -> row.ids().length;
            };
            masked += strategy.choose(row, stream(seed, 0, example)).length;
        }
        // Rounding up adds half a token of about 100; draws for each of 180,000 tokens vary by 0.0008.
        double expected = masking == Masking.SPAN ? 0.1547 : 0.15;
        double tolerance = masking == Masking.HF ? 0.005 : 0.001;
        assertEquals(expected, (double) masked / asked, tolerance, "seed " + seed);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(names = {"WHOLE_WORD", "CHINESE_WHOLE_WORD", "N_GRAM", "SPAN"})
    void wordsAreMaskedWhole(Masking masking) {
        MaskingStrategy strategy = masking.strategy(0.3, VOCABULARY);
        ChineseWords chinese = new ChineseWords(VOCABULARY, WordSegmenter.simplifiedChinese());
        long joined = 0;
        for (int example = 0; example < ROWS / 2; example++) {
            PackedRow row = MaskingFixtures.row(random);
            BitSet chosen = new BitSet();
            for (int position : strategy.choose(row, stream(seed, 0, example))) {
                chosen.set(position);
            }
            BitSet chineseWords = masking == Masking.CHINESE_WHOLE_WORD ? chinese.continuing(row) : new BitSet();
            for (int i = 1; i < row.ids().length; i++) {
                boolean piece = VOCABULARY.token(row.ids()[i]).startsWith("##");
                boolean sameWord = (piece || chineseWords.get(i)) && !VOCABULARY.isSpecial(row.ids()[i - 1]);
                joined += sameWord && chosen.get(i) ? 1 : 0;
                assertTrue(!sameWord || chosen.get(i) == chosen.get(i - 1), "position " + i + ", seed " + seed);
            }
        }
        assertTrue(joined > ROWS, "words of several tokens were masked: " + joined);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void masksAreAFunctionOfTheStreamAndEpochsDiffer(Masking masking) {
        MaskingStrategy strategy = masking.strategy(0.15, VOCABULARY);
        Masker masker = masker(strategy, TokenReplacement.BERT);
        for (int example = 0; example < 50; example++) {
            PackedRow row = MaskingFixtures.row(random);
            Set<String> epochs = new HashSet<>();
            for (int epoch = 0; epoch < 5; epoch++) {
                PackedRow first = new PackedRow(row.ids().clone(), row.documentOffsets());
                PackedRow again = new PackedRow(row.ids().clone(), row.documentOffsets());
                Masker.Masked masked = masker.mask(first, stream(seed, epoch, example));
                Masker.Masked repeated = masker.mask(again, stream(seed, epoch, example));
                assertArrayEquals(masked.positions(), repeated.positions(), "seed " + seed);
                assertArrayEquals(first.ids(), again.ids(), "seed " + seed);
                epochs.add(Arrays.toString(masked.positions()));
            }
            assertTrue(epochs.size() >= 4, "five epochs, " + epochs.size() + " different masks, seed " + seed);
        }
    }

    /** As many neighbours are masked as chance makes: no word, n-gram or span reaches into the next document. */
    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void documentsOfOneWordAreMaskedIndependently(Masking masking) {
        int documents = 40;
        int[] ids = new int[3 * documents];
        int[] offsets = new int[documents + 1];
        for (int d = 0; d < documents; d++) {
            ids[3 * d] = VOCABULARY.clsId();
            ids[3 * d + 1] = 5 + d;
            ids[3 * d + 2] = VOCABULARY.sepId();
            offsets[d + 1] = 3 * d + 3;
        }
        MaskingStrategy strategy = masking.strategy(0.15, VOCABULARY);
        long neighbours = 0;
        double expected = 0;
        for (int example = 0; example < ROWS; example++) {
            int[] chosen = strategy.choose(new PackedRow(ids, offsets), stream(seed, 0, example));
            for (int i = 1; i < chosen.length; i++) {
                neighbours += chosen[i] == chosen[i - 1] + 3 ? 1 : 0;
            }
            expected += chosen.length * (chosen.length - 1.0) / documents;
        }
        assertEquals(expected, neighbours, 6 * Math.sqrt(expected), "seed " + seed);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void everyThreadMasksAlike(Masking masking) {
        MaskingStrategy strategy = masking.strategy(0.15, VOCABULARY);
        PackedRow[] rows = IntStream.range(0, 200)
                .mapToObj(i -> MaskingFixtures.row(random))
                .toArray(PackedRow[]::new);
        int[][] alone = IntStream.range(0, rows.length)
                .mapToObj(i -> strategy.choose(rows[i], stream(seed, 0, i)))
                .toArray(int[][]::new);
        int[][] together = IntStream.range(0, rows.length)
                .parallel()
                .mapToObj(i -> strategy.choose(rows[i], stream(seed, 0, i)))
                .toArray(int[][]::new);
        assertTrue(Arrays.deepEquals(alone, together), "seed " + seed);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void maskedTokensAreReplacedInTheSharesAskedFor(Masking masking) {
        for (TokenReplacement shares : new TokenReplacement[] {TokenReplacement.BERT, new TokenReplacement(0.3, 0.5)}) {
            assertShares(masking.strategy(0.15, VOCABULARY), shares);
        }
    }

    private void assertShares(MaskingStrategy strategy, TokenReplacement shares) {
        Masker masker = masker(strategy, shares);
        // What is drawn once for a run counts once, so that the bound is that of independent draws.
        long draws = 0;
        long masks = 0;
        long kept = 0;
        for (int example = 0; example < ROWS; example++) {
            PackedRow row = MaskingFixtures.row(random);
            int[] before = row.ids().clone();
            Masker.Masked masked = masker.mask(row, stream(seed, 0, example));
            for (int i = 0; i < masked.positions().length; i++) {
                int position = masked.positions()[i];
                assertEquals(before[position], masked.labels()[i], "seed " + seed);
                boolean drawn =
                        !strategy.replacesNeighboursAlike() || i == 0 || masked.positions()[i - 1] != position - 1;
                if (drawn) {
                    draws++;
                    masks += row.ids()[position] == VOCABULARY.maskId() ? 1 : 0;
                    kept += row.ids()[position] == before[position] ? 1 : 0;
                }
                before[position] = row.ids()[position];
            }
            assertArrayEquals(before, row.ids(), "only masked positions change, seed " + seed);
        }
        double byChance = shares.random() / VOCABULARY.size();
        assertShare(shares.mask() + byChance, masks, draws);
        assertShare(1 - shares.mask() - shares.random() + byChance, kept, draws);
    }

    private void assertShare(double expected, long count, long draws) {
        double sixDeviations = 6 * Math.sqrt(expected * (1 - expected) / draws);
        assertEquals(expected, (double) count / draws, sixDeviations, "seed " + seed);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void aRowOfSpecialTokensHasNoMasks(Masking masking) {
        int[] ids = {VOCABULARY.clsId(), VOCABULARY.unkId(), VOCABULARY.maskId(), VOCABULARY.padId(), VOCABULARY.sepId()
        };
        PackedRow row = new PackedRow(ids, new int[] {0, ids.length});

        assertEquals(0, masking.strategy(1, VOCABULARY).choose(row, stream(0, 0, 0)).length);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Masking.class)
    void aProbabilityOfOneMasksEverything(Masking masking) {
        for (int example = 0; example < 100; example++) {
            PackedRow row = MaskingFixtures.row(random);
            int[] chosen = masking.strategy(1, VOCABULARY).choose(row, stream(seed, 0, example));
            if (masking == Masking.SPAN || masking == Masking.N_GRAM) {
                // Spans give up where draws keep hitting what is masked; n-grams that overlap are passed over.
                assertTrue(chosen.length > 0.5 * candidates(row).length, "seed " + seed);
            } else {
                assertArrayEquals(candidates(row), chosen, "seed " + seed);
            }
        }
    }
}
