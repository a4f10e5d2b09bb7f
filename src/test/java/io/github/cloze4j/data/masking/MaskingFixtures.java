package io.github.cloze4j.data.masking;

import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A vocabulary with words, pieces that continue them and ideographs, and rows of them. */
final class MaskingFixtures {
    static final int FIRST_CONTINUING = 500;
    static final int FIRST_IDEOGRAPH = 980;
    /** Sentences of words that Lucene's dictionary has. */
    private static final String CHINESE = "我们在北京大学学习计算机科学研究生命起源";

    static final Vocabulary VOCABULARY = vocabulary();

    private MaskingFixtures() {}

    private static Vocabulary vocabulary() {
        List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
        for (int id = tokens.size(); id < FIRST_IDEOGRAPH; id++) {
            tokens.add((id < FIRST_CONTINUING ? "w" : "##w") + id);
        }
        CHINESE.codePoints().distinct().forEach(ideograph -> tokens.add(Character.toString(ideograph)));
        return Vocabulary.of(tokens);
    }

    static int[] chinese(String text) {
        return text.codePoints()
                .map(ideograph -> VOCABULARY.id(Character.toString(ideograph)))
                .toArray();
    }

    /**
     * Documents of 1 to 30 tokens between [CLS] and [SEP], 128 in all at most: words of one piece or more, stretches of
     * Chinese, and now and then a special token.
     */
    static PackedRow row(Random random) {
        int[] ids = new int[128];
        int[] offsets = new int[64];
        int documents = 0;
        int at = 0;
        for (int length = 1 + random.nextInt(30); at + length + 2 <= ids.length; length = 1 + random.nextInt(30)) {
            ids[at++] = VOCABULARY.clsId();
            int[] document = document(random, length);
            System.arraycopy(document, 0, ids, at, length);
            at += length;
            ids[at++] = VOCABULARY.sepId();
            offsets[++documents] = at;
        }
        return new PackedRow(Arrays.copyOf(ids, at), Arrays.copyOf(offsets, documents + 1));
    }

    private static int[] document(Random random, int length) {
        int[] ids = new int[length];
        for (int i = 0; i < length; ) {
            int kind = random.nextInt(10);
            if (kind == 0) {
                int from = random.nextInt(CHINESE.length());
                for (int id : chinese(CHINESE.substring(from, Math.min(CHINESE.length(), from + length - i)))) {
                    ids[i++] = id;
                }
            } else if (kind < 4) {
                ids[i++] = FIRST_CONTINUING + random.nextInt(FIRST_IDEOGRAPH - FIRST_CONTINUING);
            } else if (random.nextInt(100) == 0) {
                ids[i++] = random.nextBoolean() ? VOCABULARY.unkId() : VOCABULARY.maskId();
            } else {
                ids[i++] = 5 + random.nextInt(FIRST_CONTINUING - 5);
            }
        }
        return ids;
    }

    /** One document of words with those numbers of tokens. */
    static PackedRow rowOf(int[] wordLengths, Random random) {
        int[] ids = new int[Arrays.stream(wordLengths).sum() + 2];
        int at = 0;
        ids[at++] = VOCABULARY.clsId();
        for (int length : wordLengths) {
            ids[at++] = 5 + random.nextInt(FIRST_CONTINUING - 5);
            for (int i = 1; i < length; i++) {
                ids[at++] = FIRST_CONTINUING + random.nextInt(FIRST_IDEOGRAPH - FIRST_CONTINUING);
            }
        }
        ids[at] = VOCABULARY.sepId();
        return new PackedRow(ids, new int[] {0, ids.length});
    }
}
