package io.github.cloze4j.finetune;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.SpanPair;
import io.github.cloze4j.inference.MarkedText;
import io.github.cloze4j.inference.RelationEncoder;
import io.github.cloze4j.model.head.TaskKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Pairs of spans as examples.
 *
 * @param examples the examples in the order of the pairs; pairs that do not fit are left out
 * @param counts what happened to long texts
 */
record EncodedPairs(List<LabelledTokens> examples, LongPairs counts) {
    /**
     * Encodes pairs.
     *
     * @param kind whether the markers or the {@code [CLS]} are read
     * @throws CorpusException if a text has a marker itself, or a pair another label, naming its line
     */
    static EncodedPairs of(
            RelationEncoder encoder, TaskKind kind, Labels labels, List<Labelled<SpanPair, String>> pairs) {
        List<LabelledTokens> examples = new ArrayList<>();
        int cut = 0;
        for (Labelled<SpanPair, String> pair : pairs) {
            int label = labels.id(pair.label(), pair.input().source());
            Optional<RelationEncoder.Marked> encoded = encode(encoder, pair.input());
            if (encoded.isPresent()) {
                examples.add(example(encoded.orElseThrow(), kind, label));
                cut += encoded.orElseThrow().cut() ? 1 : 0;
            }
        }
        return new EncodedPairs(
                List.copyOf(examples), new LongPairs(pairs.size(), cut, pairs.size() - examples.size()));
    }

    private static Optional<RelationEncoder.Marked> encode(RelationEncoder encoder, SpanPair pair) {
        try {
            return encoder.encode(input(pair));
        } catch (IllegalArgumentException refused) {
            throw new CorpusException(pair.source() + ": " + refused.getMessage(), refused);
        }
    }

    private static LabelledTokens example(RelationEncoder.Marked text, TaskKind kind, int label) {
        if (kind == TaskKind.RELATIONS_BY_CLS) {
            return LabelledTokens.ofClass(text.tokens(), label);
        }
        int[] rows = {text.first(), text.second()};
        Targets targets = new Targets(rows, new int[] {rows.length}, new int[] {label}, new float[0]);
        return new LabelledTokens(List.of(text.tokens()), targets);
    }

    /** The pair, for a classifier. */
    static MarkedText input(SpanPair pair) {
        return new MarkedText(pair.text(), EncodedSentences.place(pair.first()), EncodedSentences.place(pair.second()));
    }
}
