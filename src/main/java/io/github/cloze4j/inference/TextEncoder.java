package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
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
            List<Encoding> windows = TokenWindow.of(all.ids().length, limit).stream()
                    .map(window -> window.in(all))
                    .toList();
            return new Windows(windows, false);
        }
        EncodeOptions options = new EncodeOptions(limit.maxTokens(), true, true);
        Encoding cut = text.pair() == null
                ? tokenizer.encode(text.text(), options)
                : tokenizer.encode(text.text(), text.pair(), options);
        return new Windows(List.of(cut), true);
    }
}
