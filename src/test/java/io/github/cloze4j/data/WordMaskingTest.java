package io.github.cloze4j.data;

import static io.github.cloze4j.data.DataFixtures.SPECIALS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WordMaskingTest {
    private static final int FIRST_CONTINUING = 500;
    private static final int VOCABULARY = 1000;
    private final long seed = System.nanoTime();

    private static BitSet continuing() {
        BitSet continuing = new BitSet();
        continuing.set(FIRST_CONTINUING, VOCABULARY);
        return continuing;
    }

    private static MaskingStrategy strategy(Masking masking, double probability) {
        return switch (masking) {
            case TOKEN -> new TokenMasking(probability, SPECIALS);
            case WHOLE_WORD -> new WholeWordMasking(probability, SPECIALS, continuing());
            case SPAN -> new SpanMasking(probability, SPECIALS, continuing());
        };
    }

    /** Documents of 1 to 30 tokens, a third of them continuing words, between [CLS] and [SEP], 128 in all at most. */
    private static PackedRow row(Random random) {
        int[] ids = new int[128];
        int[] offsets = new int[64];
        int documents = 0;
        int at = 0;
        for (int length = 1 + random.nextInt(30); at + length + 2 <= ids.length; length = 1 + random.nextInt(30)) {
            ids[at++] = SPECIALS.cls();
            for (int i = 0; i < length; i++) {
                ids[at++] = random.nextInt(3) == 0
                        ? FIRST_CONTINUING + random.nextInt(VOCABULARY - FIRST_CONTINUING)
                        : 10 + random.nextInt(FIRST_CONTINUING - 10);
            }
            ids[at++] = SPECIALS.sep();
            offsets[++documents] = at;
        }
        return new PackedRow(Arrays.copyOf(ids, at), Arrays.copyOf(offsets, documents + 1));
    }

    @ParameterizedTest
    @EnumSource(Masking.class)
    void everyStrategyKeepsItsBudgetAndLeavesSpecialTokensAlone(Masking masking) {
        MaskingStrategy strategy = strategy(masking, 0.15);
        Random random = new Random(seed);
        long candidates = 0;
        long masked = 0;
        for (int example = 0; example < 20_000; example++) {
            PackedRow row = row(random);
            int[] chosen = strategy.choose(row, new RandomStream(seed, 1, 2, example));
            int words = (int)
                    Arrays.stream(row.ids()).filter(id -> !SPECIALS.contains(id)).count();
            candidates += words;
            masked += chosen.length;
            assertTrue(chosen.length <= Math.ceil(0.15 * words), "seed " + seed);
            assertTrue(chosen.length <= strategy.maxMasked(128), "seed " + seed);
            for (int i = 0; i < chosen.length; i++) {
                assertFalse(SPECIALS.contains(row.ids()[chosen[i]]), "seed " + seed);
                assertTrue(i == 0 || chosen[i] > chosen[i - 1], "ascending, none twice; seed " + seed);
            }
        }
        // Words that do not fit leave a little of the budget unused.
        double share = (double) masked / candidates;
        assertTrue(share > 0.147 && share < 0.1505, masking + ": " + share + ", seed " + seed);
    }

    @ParameterizedTest
    @EnumSource(names = {"WHOLE_WORD", "SPAN"})
    void wordsAreMaskedWhole(Masking masking) {
        MaskingStrategy strategy = strategy(masking, 0.3);
        Random random = new Random(seed);
        for (int example = 0; example < 5_000; example++) {
            PackedRow row = row(random);
            BitSet chosen = new BitSet();
            for (int position : strategy.choose(row, new RandomStream(seed, 1, 2, example))) {
                chosen.set(position);
            }
            for (int i = 1; i < row.ids().length; i++) {
                boolean sameWord = row.ids()[i] >= FIRST_CONTINUING && !SPECIALS.contains(row.ids()[i - 1]);
                assertTrue(!sameWord || chosen.get(i) == chosen.get(i - 1), "position " + i + ", seed " + seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Masking.class)
    void theChoiceIsAFunctionOfTheStream(Masking masking) {
        MaskingStrategy strategy = strategy(masking, 0.15);
        PackedRow row = row(new Random(seed));
        int[] first = strategy.choose(row, new RandomStream(0, 1, 2, 3));

        assertArrayEquals(first, strategy.choose(row, new RandomStream(0, 1, 2, 3)));
        assertNotEquals(Arrays.toString(first), Arrays.toString(strategy.choose(row, new RandomStream(0, 1, 3, 3))));
    }

    @Test
    void spansAreLongerThanChanceWouldMakeThem() {
        double span = meanRun(strategy(Masking.SPAN, 0.15));
        double words = meanRun(strategy(Masking.WHOLE_WORD, 0.15));

        assertTrue(span > 1.5 * words, "runs of " + span + " tokens against " + words + ", seed " + seed);
    }

    @Test
    void spansStayInTheirDocument() {
        // Two documents of five words each: no span of ten words can go from one into the other.
        int[] ids = {2, 11, 12, 13, 14, 15, 3, 2, 21, 22, 23, 24, 25, 3};
        PackedRow row = new PackedRow(ids, new int[] {0, 7, 14});
        SpanMasking masking = new SpanMasking(1, SPECIALS, continuing());

        assertEquals(10, masking.choose(row, new RandomStream(0, 0, 0, 0)).length);
    }

    private double meanRun(MaskingStrategy strategy) {
        Random random = new Random(seed);
        long tokens = 0;
        long runs = 0;
        for (int example = 0; example < 2_000; example++) {
            int[] chosen = strategy.choose(row(random), new RandomStream(seed, 1, 2, example));
            tokens += chosen.length;
            for (int i = 0; i < chosen.length; i++) {
                runs += i == 0 || chosen[i] != chosen[i - 1] + 1 ? 1 : 0;
            }
        }
        return (double) tokens / runs;
    }
}
