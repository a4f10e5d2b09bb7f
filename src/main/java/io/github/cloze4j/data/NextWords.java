package io.github.cloze4j.data;

import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.List;

/**
 * The targets of a row that predict the token after them: all that may, or a part of them drawn at random. No target
 * predicts a special token, except the {@code [SEP]} at the end of a document. Immutable.
 *
 * @param share the share of targets that are kept, in (0, 1]; 1 draws nothing
 * @param specialTokens of the vocabulary
 */
record NextWords(double share, SpecialTokens specialTokens) {
    /**
     * Tokens of a row that predict the token after them.
     *
     * @param from the first
     * @param end behind the last, whose next token is the {@code [SEP]}
     * @param endsDocument whether the {@code [SEP]} stands at the end of a document, and is predicted too
     */
    record Span(int from, int end, boolean endsDocument) {}

    /**
     * Targets of a row.
     *
     * @param positions {@code [targets]} ascending indices into the row's ids
     * @param labels {@code [targets]} the right answers there
     */
    record Chosen(int[] positions, int[] labels) {}

    /** The most targets of a row. */
    int mostOfARow(int seqLen) {
        return atMost(seqLen - 1);
    }

    private int atMost(int candidates) {
        return Math.max(1, (int) Math.ceil(share * candidates));
    }

    Chosen choose(int[] ids, List<Span> spans, RandomStream random) {
        int[] positions = new int[ids.length];
        int count = 0;
        for (Span span : spans) {
            for (int i = span.from(); i < span.end(); i++) {
                boolean last = i == span.end() - 1;
                if (last ? span.endsDocument() : !specialTokens.contains(ids[i + 1])) {
                    positions[count++] = i;
                }
            }
        }
        positions = sample(positions, count, random);
        int[] labels =
                Arrays.stream(positions).map(position -> ids[position + 1]).toArray();
        return new Chosen(positions, labels);
    }

    /** Of n the number {@code floor(share · n + u)}, u uniform on [0, 1), and at least one: the share is exact on average. */
    private int[] sample(int[] candidates, int count, RandomStream random) {
        if (share == 1 || count == 0) {
            return Arrays.copyOf(candidates, count);
        }
        int kept = Math.min(Math.max(1, (int) (share * count + random.nextDouble())), atMost(count));
        int[] shuffled = Arrays.copyOf(candidates, count);
        random.shuffle(shuffled, kept);
        int[] chosen = Arrays.copyOf(shuffled, kept);
        Arrays.sort(chosen);
        return chosen;
    }
}
