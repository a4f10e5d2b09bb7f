package io.github.cloze4j.data;

import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.data.masking.TokenMasking;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.data.shards.TokenizerIdentity;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Documents and configurations that the tests of this package share. */
public final class DataFixtures {
    public static final int VOCABULARY = 1000;
    public static final SpecialTokens SPECIALS = new SpecialTokens(0, 1, 2, 3, 4);
    public static final int FIRST_WORD = 5;

    private DataFixtures() {}

    /** Says which tokenizer made ids that none made. */
    public static TokenizerIdentity tokenizer(int vocabularySize) {
        return new TokenizerIdentity(
                vocabularySize, "0123456789abcdef".repeat(4), TokenizerConfig.uncased(), SpecialTokenNames.BERT);
    }

    public static BatchConfig config(int rows, int seqLen, long seed, int workers) {
        return new BatchConfig(
                rows,
                seqLen,
                VOCABULARY,
                SPECIALS,
                new TokenMasking(0.15, SPECIALS),
                TokenReplacement.BERT,
                seed,
                workers);
    }

    /** Lengths as of dictionary glosses: log-normal with mean 20, some of one token, some longer than a row. */
    public static List<int[]> glosses(Random random, int count) {
        double sigma = 0.6;
        double mu = Math.log(20) - sigma * sigma / 2;
        List<int[]> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = Math.max(1, (int) Math.round(Math.exp(mu + sigma * random.nextGaussian())));
            documents.add(words(random, length));
        }
        return documents;
    }

    /** Documents of sentences: up to {@code most} sentences, now and then one, of up to {@code longest} words. */
    public static List<List<int[]>> sentences(Random random, int count, int most, int longest) {
        List<List<int[]>> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<int[]> sentences = new ArrayList<>();
            int length = 1 + random.nextInt(most);
            for (int sentence = 0; sentence < length; sentence++) {
                sentences.add(words(random, 1 + random.nextInt(longest)));
            }
            documents.add(sentences);
        }
        return documents;
    }

    public static int[] sentenceEnds(TokenDocuments documents, long document) {
        SentenceEnds ends = documents.sentenceEnds(document);
        return IntStream.range(0, ends.count()).map(ends::get).toArray();
    }

    public static int[] words(Random random, int length) {
        int[] words = new int[length];
        for (int i = 0; i < length; i++) {
            words[i] = FIRST_WORD + random.nextInt(VOCABULARY - FIRST_WORD);
        }
        return words;
    }

    public static TokenDocuments documents(List<int[]> documents) {
        return TokenDocuments.of(VOCABULARY, documents);
    }

    /** The segments of documents, cut the obvious way, sorted. */
    public static List<String> segments(List<int[]> documents, int seqLen) {
        List<String> segments = new ArrayList<>();
        for (int[] document : documents) {
            for (int from = 0; from < document.length; from += seqLen - 2) {
                segments.add(Arrays.toString(
                        Arrays.copyOfRange(document, from, Math.min(document.length, from + seqLen - 2))));
            }
        }
        segments.sort(null);
        return segments;
    }

    /** The segments in a batch as they were before masking; checks what a batch promises on the way. */
    public static List<String> segmentsOf(Batch batch) {
        int[] ids = batch.tokenIds().clone();
        Targets masked = batch.targets().get(0);
        int previous = -1;
        for (int i = 0; i < masked.count(); i++) {
            check(masked.rows()[i] > previous, "positions ascend");
            previous = masked.rows()[i];
            ids[previous] = masked.labels()[i];
        }
        List<String> segments = new ArrayList<>();
        int real = 0;
        int[] offsets = batch.documents().offsets();
        for (int d = 0; d + 1 < offsets.length; d++) {
            int from = offsets[d];
            int to = offsets[d + 1];
            check(from < to, "offsets ascend");
            check(from / batch.seqLen() == (to - 1) / batch.seqLen(), "a document stays in its row");
            for (int i = from; i < to; i++) {
                check(batch.positionIds()[i] == i - from, "positions restart with each document");
                check(batch.tokenTypeIds()[i] == 0, "token types are 0");
            }
            int[] document = Arrays.copyOfRange(ids, from, to);
            if (document[0] == SPECIALS.pad()) {
                check(Arrays.stream(document).allMatch(id -> id == SPECIALS.pad()), "padding is padding only");
                check(to % batch.seqLen() == 0, "padding ends a row");
            } else {
                check(document[0] == SPECIALS.cls(), "[CLS] begins a document");
                check(document[document.length - 1] == SPECIALS.sep(), "[SEP] ends a document");
                segments.add(Arrays.toString(Arrays.copyOfRange(document, 1, document.length - 1)));
                real += document.length;
            }
        }
        check(real == batch.realTokens(), "real tokens are counted");
        return segments;
    }

    private static void check(boolean holds, String promise) {
        if (!holds) {
            throw new AssertionError("Broken: " + promise);
        }
    }

    /** All content of a batch, for comparison. */
    public static String content(Batch batch) {
        StringBuilder content = new StringBuilder(batch.rows() + " " + batch.seqLen() + " " + batch.realTokens()
                + Arrays.toString(batch.tokenIds())
                + Arrays.toString(batch.tokenTypeIds())
                + Arrays.toString(batch.positionIds())
                + Arrays.toString(batch.documents().offsets())
                + Arrays.toString(batch.documents().prefixes()));
        for (Targets targets : batch.targets()) {
            content.append(Arrays.toString(targets.rows())).append(Arrays.toString(targets.labels()));
        }
        return content.toString();
    }
}
