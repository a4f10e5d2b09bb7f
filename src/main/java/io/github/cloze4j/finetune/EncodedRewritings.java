package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.RewritingEncoder;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sources with their targets as examples. The {@code [SEP]} of the source predicts the first token of the target, each token of the
 * target the next one, and the last one the final {@code [SEP]}. A target that lost its end does not predict the final {@code [SEP]}:
 * it does not end there.
 *
 * @param examples the examples in the order of the pairs
 * @param counts what happened to long texts
 */
record EncodedRewritings(List<LabelledTokens> examples, LongRewritings counts) {
    /** A token of each, and the special tokens. */
    private static final int FEWEST = RewritingEncoder.SPECIAL + 2;

    static EncodedRewritings of(RewritingEncoder encoder, List<Labelled<InputText, String>> pairs) {
        List<LabelledTokens> examples = new ArrayList<>();
        int sources = 0;
        int targets = 0;
        for (Labelled<InputText, String> pair : pairs) {
            RewritingEncoder.Pair encoded = encoder.encode(pair.input().text(), pair.label());
            examples.add(example(encoded));
            sources += encoded.sourceCut() ? 1 : 0;
            targets += encoded.targetCut() ? 1 : 0;
        }
        return new EncodedRewritings(List.copyOf(examples), new LongRewritings(pairs.size(), sources, targets));
    }

    private static LabelledTokens example(RewritingEncoder.Pair pair) {
        int[] ids = pair.tokens().ids();
        int end = ids.length - (pair.targetCut() ? 2 : 1);
        int[] rows = IntStream.range(pair.prefix() - 1, end).toArray();
        int[] next = Arrays.copyOfRange(ids, pair.prefix(), end + 1);
        return new LabelledTokens(List.of(pair.tokens()), new Targets(rows, next), pair.prefix());
    }

    /**
     * The encoder that cuts as little as a row allows. If all sources and targets fit, nothing is cut; else the longer of the two may take
     * what the other leaves, and at least half.
     *
     * @param maxTokens the most tokens of a source with its target, special tokens included
     * @param pairs the pairs to learn from
     * @throws IllegalArgumentException if there is no room for a token of each
     */
    static RewritingEncoder encoder(BertTokenizer tokenizer, int maxTokens, List<Labelled<InputText, String>> pairs) {
        if (maxTokens < FEWEST) {
            throw new IllegalArgumentException("Expected at least " + FEWEST
                    + " tokens for a source with its target: a token of each, [CLS] and two [SEP]. Received: "
                    + maxTokens);
        }
        RewritingEncoder whole = new RewritingEncoder(tokenizer, Integer.MAX_VALUE / 2, Integer.MAX_VALUE / 2);
        int source = 1;
        int target = 1;
        for (Labelled<InputText, String> pair : pairs) {
            RewritingEncoder.Pair encoded = whole.encode(pair.input().text(), pair.label());
            source = Math.max(source, encoded.prefix() - 2);
            target = Math.max(target, encoded.tokens().ids().length - encoded.prefix() - 1);
        }
        int room = maxTokens - RewritingEncoder.SPECIAL;
        int ofTarget = Math.min(target, Math.max(room / 2, room - source));
        return new RewritingEncoder(tokenizer, room - ofTarget, ofTarget);
    }
}
