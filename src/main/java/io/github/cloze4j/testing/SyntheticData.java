package io.github.cloze4j.testing;

import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A vocabulary and documents that need no corpus, the same for the same arguments. */
public final class SyntheticData {
    /** The id of the first word; those below are special tokens. */
    public static final int FIRST_WORD = 5;

    private static final long DOCUMENTS = 0x53594e54;
    private static final int SHORTEST = 3;

    private SyntheticData() {}

    /**
     * BERT's special tokens, and words that are their own ids.
     *
     * @param size special tokens included, at least 6
     */
    public static Vocabulary vocabulary(int size) {
        requireAtLeast(FIRST_WORD + 1, size, "tokens");
        return Vocabulary.of(Stream.concat(
                        Vocabulary.SPECIAL_TOKENS.stream(),
                        IntStream.range(FIRST_WORD, size).mapToObj(Integer::toString))
                .toList());
    }

    /**
     * Documents that a small model learns in seconds. Words come in pairs, {@code (5, 6)}, {@code (7, 8)} and so on; a
     * document alternates the two words of one pair: {@code 7 8 7 8 7}. Pair, first word and length are uniform. With n pairs
     * the loss of a masked word begins at about {@code ln(2n)}, the loss of one who knows the words only. One who knows which
     * pairs belong together, whatever the order, gets to {@code ln 2}, 0.69; one who knows the rule gets close to 0.
     *
     * @param vocabularySize as that of {@link #vocabulary}
     * @param count of documents
     * @param longest words of a document, at least 3; the shortest has 3
     */
    public static TokenDocuments documents(int vocabularySize, int count, int longest, long seed) {
        requireAtLeast(FIRST_WORD + 1, vocabularySize, "tokens");
        requireAtLeast(0, count, "documents");
        requireAtLeast(SHORTEST, longest, "words in the longest document");
        RandomStream random = new RandomStream(seed, DOCUMENTS, 0, 0);
        List<int[]> documents = IntStream.range(0, count)
                .mapToObj(document -> document(random, vocabularySize - FIRST_WORD, longest))
                .toList();
        return TokenDocuments.of(vocabularySize, documents);
    }

    private static int[] document(RandomStream random, int words, int longest) {
        int length = SHORTEST + random.nextInt(longest - SHORTEST + 1);
        int first = random.nextInt(words);
        // The last of an odd number of words has none to pair with, and repeats.
        int second = Math.min(first ^ 1, words - 1);
        return IntStream.range(0, length)
                .map(place -> FIRST_WORD + (place % 2 == 0 ? first : second))
                .toArray();
    }

    private static void requireAtLeast(int least, int received, String what) {
        if (received < least) {
            throw new IllegalArgumentException("Expected at least " + least + " " + what + ". Received: " + received);
        }
    }
}
