package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A part of a text that a model reads at a time. A window is read with the text's {@code [CLS]} before and its {@code [SEP]} after it.
 *
 * @param from the first token, counted with the text's {@code [CLS]}, so at least 1
 * @param to the token after the last one, at most the place of the text's {@code [SEP]}
 */
record TokenWindow(int from, int to) {
    /**
     * The windows of a text, from left to right.
     *
     * @param tokens of the text, {@code [CLS]} and {@code [SEP]} included
     * @param limit with an overlap
     * @return one window if the text is short enough
     */
    static List<TokenWindow> of(int tokens, TokenLimit limit) {
        int last = tokens - 1;
        int room = limit.maxTokens() - 2;
        List<TokenWindow> windows = new ArrayList<>();
        int from = 1;
        while (from + room < last) {
            windows.add(new TokenWindow(from, from + room));
            from += room - limit.overlap();
        }
        windows.add(new TokenWindow(from, last));
        return windows;
    }

    /** The tokens of this window, with {@code [CLS]} and {@code [SEP]}, of a single text that has both. */
    Encoding in(Encoding text) {
        int last = text.ids().length - 1;
        int[] places = IntStream.concat(
                        IntStream.of(0), IntStream.concat(IntStream.range(from, to), IntStream.of(last)))
                .toArray();
        boolean[] special = new boolean[places.length];
        for (int i = 0; i < places.length; i++) {
            special[i] = text.special()[places[i]];
        }
        return new Encoding(
                pick(text.ids(), places),
                pick(text.typeIds(), places),
                pick(text.starts(), places),
                pick(text.ends(), places),
                special);
    }

    private static int[] pick(int[] from, int[] places) {
        return Arrays.stream(places).map(place -> from[place]).toArray();
    }

    /**
     * The window in which each token has most context: the number of tokens on that side of it that has fewer in the window. Of equals
     * the first window counts, as in {@code run_qa.py} of {@code transformers}.
     *
     * @param windows all windows of a text, from left to right
     * @return {@code [tokens]} indices of windows; those of {@code [CLS]} and {@code [SEP]} mean nothing
     */
    static int[] withMostContext(List<TokenWindow> windows) {
        int last = windows.get(windows.size() - 1).to();
        int[] owners = new int[last + 1];
        int first = 0;
        for (int token = 1; token < last; token++) {
            while (windows.get(first).to() <= token) {
                first++;
            }
            int best = first;
            for (int i = first + 1; i < windows.size() && windows.get(i).from() <= token; i++) {
                best = windows.get(i).context(token) > windows.get(best).context(token) ? i : best;
            }
            owners[token] = best;
        }
        return owners;
    }

    private int context(int token) {
        return Math.min(token - from, to - 1 - token);
    }
}
