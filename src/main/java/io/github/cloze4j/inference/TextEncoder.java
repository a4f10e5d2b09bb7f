package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns texts and pairs of texts into the tokens that a classifier reads: {@code [CLS] text [SEP]} or {@code [CLS] text [SEP] pair
 * [SEP]}. Training and prediction both use it, so that they read the same. Immutable and thread-safe.
 */
public final class TextEncoder {
    private final BertTokenizer tokenizer;
    private final TokenLimit limit;

    /** The windows of one text: the whole text, if it is short enough. */
    public record Windows(List<Encoding> windows, boolean cut) {
        /** Copies the list. */
        public Windows {
            windows = List.copyOf(windows);
        }
    }

    /** Encodes with a tokenizer. */
    public TextEncoder(BertTokenizer tokenizer, TokenLimit limit) {
        this.tokenizer = tokenizer;
        this.limit = limit;
    }

    /**
     * The windows of a text. Of a pair the longer text is cut, also where single texts are read in windows: no window would
     * have both.
     */
    public Windows encode(TextPair text) {
        EncodeOptions whole = new EncodeOptions(Integer.MAX_VALUE, true, true);
        Encoding all = text.pair() == null
                ? tokenizer.encode(text.text(), whole)
                : tokenizer.encode(text.text(), text.pair(), whole);
        if (all.ids().length <= limit.maxTokens()) {
            return new Windows(List.of(all), false);
        }
        if (text.pair() == null && !limit.cuts()) {
            return new Windows(windows(all), false);
        }
        EncodeOptions options = new EncodeOptions(limit.maxTokens(), true, true);
        Encoding cut = text.pair() == null
                ? tokenizer.encode(text.text(), options)
                : tokenizer.encode(text.text(), text.pair(), options);
        return new Windows(List.of(cut), true);
    }

    /** Windows of a text with its {@code [CLS]} and {@code [SEP]}, which each window gets too. */
    private List<Encoding> windows(Encoding text) {
        int last = text.ids().length - 1;
        int room = limit.maxTokens() - 2;
        List<Encoding> windows = new ArrayList<>();
        for (int from = 1; ; from += room - limit.overlap()) {
            int to = Math.min(from + room, last);
            windows.add(window(text, from, to));
            if (to == last) {
                return windows;
            }
        }
    }

    private static Encoding window(Encoding text, int from, int to) {
        int last = text.ids().length - 1;
        int[] places = new int[to - from + 2];
        for (int i = from; i < to; i++) {
            places[i - from + 1] = i;
        }
        places[places.length - 1] = last;
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
}
