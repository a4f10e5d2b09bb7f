package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.Arrays;

/**
 * A pattern of Schick and Schütze (2021) as tokens: a text stands in it at <code>{text}</code>, and the words of labels are
 * scored at {@code [MASK]}. Pattern and text are tokenized apart from each other, as PET does it; special tokens that are
 * written in the pattern are recognised.
 */
final class MaskPattern {
    static final String TEXT = "{text}";

    private final int[] before;
    private final int[] after;
    private final Vocabulary vocabulary;

    /** @throws IllegalArgumentException if the pattern has not exactly one <code>{text}</code> and one mask */
    MaskPattern(String pattern, BertTokenizer tokenizer) {
        vocabulary = tokenizer.vocabulary();
        int place = pattern.indexOf(TEXT);
        if (place < 0 || place != pattern.lastIndexOf(TEXT)) {
            throw refused(TEXT, place < 0 ? "none" : "several", pattern);
        }
        EncodeOptions options = new EncodeOptions(Integer.MAX_VALUE, false, true);
        before = tokenizer.encode(pattern.substring(0, place), options).ids();
        after = tokenizer
                .encode(pattern.substring(place + TEXT.length()), options)
                .ids();
        long masks = masks(before) + masks(after);
        if (masks != 1) {
            throw refused(vocabulary.token(vocabulary.maskId()), masks == 0 ? "none" : "several", pattern);
        }
    }

    private static IllegalArgumentException refused(String part, String received, String pattern) {
        return new IllegalArgumentException("Expected a pattern with one " + part + ". Received: " + received + " in "
                + InputTexts.quote(pattern) + ". Write a pattern such as '{text} It was [MASK] .'; a word of several"
                + " pieces gets further masks by itself");
    }

    private long masks(int[] ids) {
        return Arrays.stream(ids).filter(id -> id == vocabulary.maskId()).count();
    }

    /** The tokens around a text: the pattern with its masks, {@code [CLS]} and {@code [SEP]}. */
    int tokensAroundText(int masks) {
        return before.length + after.length + masks + 1;
    }

    /**
     * A text in this pattern, as a document whose label at each mask is the number of the mask.
     *
     * @param number the number of the document
     * @param text {@code [tokens]} the tokens of the text
     * @param tokens the tokens of the text that are used, from its beginning
     * @param masks the masks that take the place of the one in the pattern, at least 1
     */
    Document document(int number, int[] text, int tokens, int masks) {
        int[] ids = new int[tokens + tokensAroundText(masks)];
        ids[0] = vocabulary.clsId();
        int textBegin = append(before, masks, ids, 1);
        System.arraycopy(text, 0, ids, textBegin, tokens);
        int end = append(after, masks, ids, textBegin + tokens);
        ids[end] = vocabulary.sepId();
        int firstMask = masks(before) == 1 ? 1 + indexOfMask(before) : textBegin + tokens + indexOfMask(after);
        int[] masked = new int[masks];
        int[] labels = new int[masks];
        for (int mask = 0; mask < masks; mask++) {
            masked[mask] = firstMask + mask;
            labels[mask] = mask;
        }
        return new Document(number, ids, masked, labels);
    }

    /** Copies a part of the pattern, its mask several times, and returns the place after it. */
    private int append(int[] part, int masks, int[] ids, int from) {
        int place = from;
        for (int id : part) {
            int times = id == vocabulary.maskId() ? masks : 1;
            Arrays.fill(ids, place, place + times, id);
            place += times;
        }
        return place;
    }

    private int indexOfMask(int[] part) {
        int index = 0;
        while (part[index] != vocabulary.maskId()) {
            index++;
        }
        return index;
    }
}
