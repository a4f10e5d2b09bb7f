package io.github.cloze4j.finetune.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * chrF of a corpus (Popović, 2015): the F-score of character n-grams of length 1 to 6, blanks left out, in which recall counts twice as
 * much as precision. It suits languages without blanks, and rewards words that are nearly right.
 *
 * <p>The numbers are those of {@code chrF2} of sacrebleu (Post, 2018) with one reference for each text. Its signature of them is
 * {@code nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0}: precision and recall are means over the lengths of which both the
 * texts and the references have n-grams.
 */
public final class ChrF {
    private static final int ORDER = 6;
    private static final double BETA_SQUARED = 4;

    /** A row for each text, three numbers for each length: n-grams of the text, of the reference, of both. */
    private final int[][] counts;

    private ChrF(int[][] counts) {
        this.counts = counts;
    }

    /**
     * Compares texts with their references.
     *
     * @param references the right texts
     * @param texts a text for each reference
     * @throws IllegalArgumentException if there are no texts, or another number of them
     */
    public static ChrF of(List<String> references, List<String> texts) {
        MetricInput.sameRows(references.size(), texts.size());
        return new ChrF(IntStream.range(0, texts.size())
                .mapToObj(i -> count(withoutBlanks(references.get(i)), withoutBlanks(texts.get(i))))
                .toArray(int[][]::new));
    }

    private static int[] withoutBlanks(String text) {
        return text.codePoints().filter(character -> !Blanks.isBlank(character)).toArray();
    }

    private static int[] count(int[] reference, int[] text) {
        int[] counts = new int[3 * ORDER];
        for (int i = 0; i < ORDER; i++) {
            NGrams grams = NGrams.ofCharacters(text, i + 1);
            NGrams right = NGrams.ofCharacters(reference, i + 1);
            int ofReference = right.total();
            // A length that the reference is too short for is no error of the text.
            counts[3 * i] = ofReference == 0 ? 0 : grams.total();
            counts[3 * i + 1] = ofReference;
            counts[3 * i + 2] = grams.common(right);
        }
        return counts;
    }

    /** chrF of all texts, in [0, 100]. */
    public double score() {
        return score(IntStream.range(0, counts.length).toArray());
    }

    /**
     * chrF of some of the texts, in [0, 100].
     *
     * @param which numbers of texts, counted from 0; one may be there several times
     */
    public double score(int[] which) {
        long[] sums = new long[3 * ORDER];
        for (int text : which) {
            Arrays.setAll(sums, i -> sums[i] + counts[text][i]);
        }
        double precision = 0;
        double recall = 0;
        int lengths = 0;
        for (int i = 0; i < ORDER; i++) {
            long ofTexts = sums[3 * i];
            long ofReferences = sums[3 * i + 1];
            if (ofTexts > 0 && ofReferences > 0) {
                precision += (double) sums[3 * i + 2] / ofTexts;
                recall += (double) sums[3 * i + 2] / ofReferences;
                lengths++;
            }
        }
        if (precision + recall == 0) {
            return 0;
        }
        precision /= lengths;
        recall /= lengths;
        return 100 * (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall);
    }
}
