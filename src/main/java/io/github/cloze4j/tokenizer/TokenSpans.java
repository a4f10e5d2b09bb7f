package io.github.cloze4j.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tokens of one text with their offsets, before special tokens are added. Not thread-safe. */
final class TokenSpans {
    private final IdBuffer ids;
    private final IdBuffer starts;
    private final IdBuffer ends;

    TokenSpans(int expected) {
        ids = new IdBuffer(expected);
        starts = new IdBuffer(expected);
        ends = new IdBuffer(expected);
    }

    void add(int id, int start, int end) {
        ids.add(id);
        starts.add(start);
        ends.add(end);
    }

    int size() {
        return ids.size();
    }

    int[] ids() {
        return ids.toArray();
    }

    void truncate(int newSize) {
        ids.truncate(newSize);
        starts.truncate(newSize);
        ends.truncate(newSize);
    }

    /**
     * Cuts a text, or a pair, to a number of tokens in all. Of a pair the longer is cut first, and when that leaves it
     * shorter than the other, both to one half, the second to the larger.
     */
    static void truncate(TokenSpans first, @Nullable TokenSpans second, int maxLength) {
        if (second == null) {
            first.truncate(Math.min(first.size(), maxLength));
            return;
        }
        boolean firstIsShorter = first.size() <= second.size();
        int shorter = Math.min(first.size(), second.size());
        int longer = Math.max(first.size(), second.size());
        if ((long) shorter + longer <= maxLength) {
            return;
        }
        longer = shorter > maxLength ? shorter : Math.max(shorter, maxLength - shorter);
        if ((long) shorter + longer > maxLength) {
            shorter = maxLength / 2;
            longer = shorter + maxLength % 2;
        }
        first.truncate(firstIsShorter ? shorter : longer);
        second.truncate(firstIsShorter ? longer : shorter);
    }

    /** One encoding of all parts; the parts after the first have type 1. With special tokens: [CLS] a [SEP] b [SEP]. */
    static Encoding join(List<TokenSpans> parts, Vocabulary vocabulary, boolean addSpecialTokens) {
        int length = parts.stream().mapToInt(TokenSpans::size).sum() + (addSpecialTokens ? parts.size() + 1 : 0);
        Encoding joined =
                new Encoding(new int[length], new int[length], new int[length], new int[length], new boolean[length]);
        int at = 0;
        if (addSpecialTokens) {
            joined.special()[at] = true;
            joined.ids()[at++] = vocabulary.clsId();
        }
        for (int type = 0; type < parts.size(); type++) {
            TokenSpans part = parts.get(type);
            for (int i = 0; i < part.size(); i++) {
                joined.ids()[at] = part.ids.get(i);
                joined.typeIds()[at] = type;
                joined.starts()[at] = part.starts.get(i);
                joined.ends()[at++] = part.ends.get(i);
            }
            if (addSpecialTokens) {
                joined.special()[at] = true;
                joined.typeIds()[at] = type;
                joined.ids()[at++] = vocabulary.sepId();
            }
        }
        return joined;
    }
}
