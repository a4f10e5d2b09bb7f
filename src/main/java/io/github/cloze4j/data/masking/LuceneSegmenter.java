package io.github.cloze4j.data.masking;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cn.smart.HMMChineseTokenizer;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;

/** The one class that needs Lucene. Each call has a tokenizer of its own; they share dictionaries that nobody changes. */
final class LuceneSegmenter implements WordSegmenter {
    /** Fails at once, not with the first row, where Lucene is missing. */
    LuceneSegmenter() {
        wordEnds("\u4e2d\u6587");
    }

    @Override
    public int[] wordEnds(String text) {
        IntStream.Builder ends = IntStream.builder();
        try (Tokenizer tokenizer = new HMMChineseTokenizer()) {
            OffsetAttribute offset = tokenizer.addAttribute(OffsetAttribute.class);
            tokenizer.setReader(new StringReader(text));
            tokenizer.reset();
            while (tokenizer.incrementToken()) {
                ends.add(offset.endOffset());
            }
            tokenizer.end();
        } catch (IOException e) {
            throw new UncheckedIOException("a string can be read", e);
        }
        return ends.build().toArray();
    }
}
