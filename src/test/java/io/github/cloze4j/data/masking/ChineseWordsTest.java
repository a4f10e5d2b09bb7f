package io.github.cloze4j.data.masking;

import static io.github.cloze4j.data.masking.MaskingFixtures.VOCABULARY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChineseWordsTest {
    private static PackedRow document(int... ids) {
        return new PackedRow(ids, new int[] {0, ids.length});
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int start = 0;
        for (int end : WordSegmenter.simplifiedChinese().wordEnds(text)) {
            words.add(text.substring(start, end));
            start = end;
        }
        return words;
    }

    @Test
    void theSegmenterFindsWords() {
        assertEquals(List.of("我们", "在", "北京大学", "学习", "计算机", "科学"), words("我们在北京大学学习计算机科学"));
        assertEquals(List.of("研究", "生命", "起源"), words("研究生命起源"));
    }

    @Test
    void charactersThatTheDictionaryLacksAreWordsOfTheirOwn() {
        int[] ends = WordSegmenter.simplifiedChinese().wordEnds("我们\ud840\udc00\ud840\udc01我们");

        assertEquals(2, ends[0]);
        assertEquals(8, ends[ends.length - 1]);
    }

    @Test
    void ideographsOfAWordAreJoinedAndNothingElse() {
        Vocabulary vocabulary = Vocabulary.of(List.of(
                "[PAD]",
                "[UNK]",
                "[CLS]",
                "[SEP]",
                "[MASK]",
                "我",
                "们",
                "学",
                "习",
                "play",
                "##ing",
                "。",
                "\ud840\udc00"));
        int[] ids = new BertTokenizer(vocabulary, TokenizerConfig.uncased()).ids("我们playing学习。\ud840\udc00我们");
        assertArrayEquals(new int[] {5, 6, 9, 10, 7, 8, 11, 12, 5, 6}, ids);

        BitSet continuing = new ChineseWords(vocabulary, WordSegmenter.simplifiedChinese()).continuing(document(ids));

        assertEquals("{1, 3, 5, 9}", continuing.toString());
    }

    @Test
    void aSegmenterOfOnesOwnSeesEveryStretchOnce() {
        List<String> seen = new ArrayList<>();
        ChineseWords words = new ChineseWords(VOCABULARY, text -> {
            seen.add(text);
            return new int[] {2};
        });
        int[] first = MaskingFixtures.chinese("我们学习");
        int[] second = MaskingFixtures.chinese("科学研究");
        int[] row = {
            VOCABULARY.clsId(),
            first[0],
            first[1],
            first[2],
            first[3],
            VOCABULARY.sepId(),
            VOCABULARY.clsId(),
            second[0],
            second[1],
            second[2],
            VOCABULARY.unkId(),
            second[3],
            VOCABULARY.sepId()
        };

        BitSet continuing = words.continuing(new PackedRow(row, new int[] {0, 6, 13}));

        assertEquals(List.of("我们学习", "科学研"), seen);
        assertEquals("{2, 4, 8}", continuing.toString());
    }

    @Test
    void withoutLuceneTheMessageNamesTheDependency() throws Exception {
        Class<?> segmenter = Class.forName(WordSegmenter.class.getName(), true, new WithoutLucene());
        Throwable failure = null;
        try {
            segmenter.getMethod("simplifiedChinese").invoke(null);
        } catch (InvocationTargetException e) {
            failure = e.getCause();
        }

        assertEquals(
                "io.github.cloze4j.Cloze4jException",
                failure == null ? "none" : failure.getClass().getName());
        assertTrue(failure.getMessage().contains("org.apache.lucene:lucene-analysis-smartcn:"), failure.getMessage());
    }

    /** Loads this room's classes anew, as if Lucene were not there. */
    private static final class WithoutLucene extends ClassLoader {
        WithoutLucene() {
            super(ChineseWordsTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("org.apache.lucene.")) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith(WordSegmenter.class.getPackageName() + ".")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            try (InputStream bytes = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] content = bytes.readAllBytes();
                return defineClass(name, content, 0, content.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
