package io.github.cloze4j.inference;

import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.stream.IntStream;

/**
 * Turns a source and its target into the tokens of a sequence-to-sequence model, {@code [CLS] source [SEP] target [SEP]} with token
 * types 0 and 1 (UniLM, Dong et al., 2019), and a source alone into the prompt that the model goes on with. Both lose their ends if they
 * are too long. Training and generation both use this class, so that they read the same. Immutable and thread-safe.
 */
public final class RewritingEncoder {
    /** {@code [CLS]} and two {@code [SEP]}. */
    public static final int SPECIAL = 3;

    private final BertTokenizer tokenizer;
    private final int sourceTokens;
    private final int targetTokens;

    /**
     * A source with its target.
     *
     * @param tokens all tokens
     * @param prefix the number of tokens of the source, with its {@code [CLS]} and {@code [SEP]}
     * @param sourceCut whether the source lost its end
     * @param targetCut whether the target lost its end
     */
    public record Pair(Encoding tokens, int prefix, boolean sourceCut, boolean targetCut) {}

    /**
     * Encodes with a tokenizer.
     *
     * @param sourceTokens the most tokens of a source, special tokens not counted, at least 1
     * @param targetTokens the most tokens of a target, special tokens not counted, at least 1
     */
    public RewritingEncoder(BertTokenizer tokenizer, int sourceTokens, int targetTokens) {
        if (sourceTokens < 1 || targetTokens < 1) {
            throw new IllegalArgumentException("Expected at least 1 token for a source and for a target. Received: "
                    + sourceTokens + " and " + targetTokens);
        }
        this.tokenizer = tokenizer;
        this.sourceTokens = sourceTokens;
        this.targetTokens = targetTokens;
    }

    /** The most tokens of a target, special tokens not counted. */
    public int targetTokens() {
        return targetTokens;
    }

    /** The tokens of a source and its target. */
    public Pair encode(String source, String target) {
        Encoding whole = tokenizer.encode(source, target, new EncodeOptions(Integer.MAX_VALUE, true, true));
        int last = whole.ids().length - 1;
        int begin =
                (int) IntStream.of(whole.typeIds()).filter(type -> type == 0).count();
        int ofSource = Math.min(begin - 2, sourceTokens);
        int ofTarget = Math.min(last - begin, targetTokens);
        int[] kept = IntStream.concat(
                        IntStream.concat(IntStream.rangeClosed(0, ofSource), IntStream.of(begin - 1)),
                        IntStream.concat(IntStream.range(begin, begin + ofTarget), IntStream.of(last)))
                .toArray();
        return new Pair(pick(whole, kept), ofSource + 2, ofSource < begin - 2, ofTarget < last - begin);
    }

    private static Encoding pick(Encoding whole, int[] kept) {
        boolean[] special = new boolean[kept.length];
        for (int i = 0; i < kept.length; i++) {
            special[i] = whole.special()[kept[i]];
        }
        return new Encoding(
                pick(whole.ids(), kept),
                pick(whole.typeIds(), kept),
                pick(whole.starts(), kept),
                pick(whole.ends(), kept),
                special);
    }

    private static int[] pick(int[] numbers, int[] kept) {
        return IntStream.of(kept).map(i -> numbers[i]).toArray();
    }

    /** The prompt of a source, {@code [CLS] source [SEP]}. */
    public Prompt encode(String source) {
        return Prompt.source(tokenizer
                .encode(source, new EncodeOptions(sourceTokens + 2, true, true))
                .ids());
    }
}
