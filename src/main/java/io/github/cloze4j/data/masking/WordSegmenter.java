package io.github.cloze4j.data.masking;

import io.github.cloze4j.Cloze4jException;

/**
 * Cuts text that is written without spaces into words. Implementations are thread-safe and cut the same text the same way
 * each time.
 */
@FunctionalInterface
public interface WordSegmenter {
    /**
     * Where the words of a text end.
     *
     * @param text not empty, CJK ideographs only
     * @return ascending UTF-16 indices; what stands between the last one and the text's end is one more word
     */
    int[] wordEnds(String text);

    /**
     * Lucene's hidden Markov model of simplified Chinese ({@code HMMChineseTokenizer}); it cuts traditional characters
     * apart.
     *
     * @throws Cloze4jException if Lucene is not on the class path
     */
    static WordSegmenter simplifiedChinese() {
        try {
            return new LuceneSegmenter();
        } catch (NoClassDefFoundError missing) {
            throw new Cloze4jException(
                    "Expected Lucene's Chinese word segmenter on the class path. Received: none. Add the Maven"
                            + " dependency org.apache.lucene:lucene-analysis-smartcn:9.12.3, or choose another masking",
                    missing);
        }
    }
}
