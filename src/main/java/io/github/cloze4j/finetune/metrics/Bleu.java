package io.github.cloze4j.finetune.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * BLEU of a corpus (Papineni et al., 2002): the geometric mean of the shares of word n-grams of length 1 to 4 that the reference has too,
 * times a penalty for texts shorter than their references. The n-grams of all texts are added up before a share is computed.
 *
 * <p>The numbers are those of sacrebleu (Post, 2018) with its defaults and one reference for each text. Its signature of them is
 * {@code nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0}, with the name of the {@link BleuTokenizer} after {@code tok}: a
 * length without a common n-gram counts as half an n-gram, the next one as a quarter, and so on; no common word at all, or a corpus whose
 * texts all have fewer than four words, gives 0.
 */
public final class Bleu {
    private static final int ORDER = 4;

    /** A row for each text: words of the text, words of the reference, then for each length the common n-grams, then all of the text. */
    private final int[][] counts;

    private Bleu(int[][] counts) {
        this.counts = counts;
    }

    /**
     * Compares texts with their references.
     *
     * @param references the right texts
     * @param texts a text for each reference
     * @throws IllegalArgumentException if there are no texts, or another number of them
     */
    public static Bleu of(List<String> references, List<String> texts, BleuTokenizer tokenizer) {
        MetricInput.sameRows(references.size(), texts.size());
        return new Bleu(IntStream.range(0, texts.size())
                .mapToObj(i -> count(tokenizer.words(references.get(i)), tokenizer.words(texts.get(i))))
                .toArray(int[][]::new));
    }

    private static int[] count(List<String> reference, List<String> text) {
        int[] counts = new int[2 + 2 * ORDER];
        counts[0] = text.size();
        counts[1] = reference.size();
        for (int i = 0; i < ORDER; i++) {
            NGrams grams = NGrams.ofWords(text, i + 1);
            counts[2 + i] = grams.common(NGrams.ofWords(reference, i + 1));
            counts[2 + ORDER + i] = grams.total();
        }
        return counts;
    }

    /** BLEU of all texts, in [0, 100]. */
    public double score() {
        return score(IntStream.range(0, counts.length).toArray());
    }

    /**
     * BLEU of some of the texts, in [0, 100].
     *
     * @param which numbers of texts, counted from 0; one may be there several times
     */
    public double score(int[] which) {
        long[] sums = new long[2 + 2 * ORDER];
        for (int text : which) {
            Arrays.setAll(sums, i -> sums[i] + counts[text][i]);
        }
        if (Arrays.stream(sums, 2, 2 + ORDER).allMatch(common -> common == 0)) {
            return 0;
        }
        double logarithms = 0;
        double halves = 1;
        for (int i = 0; i < ORDER; i++) {
            long common = sums[2 + i];
            long all = sums[2 + ORDER + i];
            if (all == 0) {
                return 0;
            }
            halves *= common == 0 ? 2 : 1;
            logarithms += Math.log(common == 0 ? 100 / (halves * all) : 100.0 * common / all);
        }
        double penalty = sums[0] < sums[1] ? Math.exp(1 - (double) sums[1] / sums[0]) : 1;
        return penalty * Math.exp(logarithms / ORDER);
    }
}
