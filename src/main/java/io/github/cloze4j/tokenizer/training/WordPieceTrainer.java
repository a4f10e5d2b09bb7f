package io.github.cloze4j.tokenizer.training;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.tokenizer.BasicTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.stream.Stream;

/**
 * Learns a WordPiece vocabulary from text, as the trainer of Hugging Face's {@code tokenizers} does: by byte-pair encoding
 * over words whose first character stands bare and whose others carry {@code ##}. Unlike there, the same text gives the
 * same vocabulary every time, for any number of threads: of equally frequent pairs the one with the smaller left token is
 * merged first, then the one with the smaller right token, compared by code points.
 *
 * <p>The vocabulary holds [PAD] [UNK] [CLS] [SEP] [MASK] at ids 0 to 4, then the alphabet (each character for the start of
 * a word, in the order of code points; then, with {@code ##}, those that occur further on), then the merges in their
 * order. If the alphabet fits, every word of the text up to 100 code points can be spelt.
 *
 * <p>Where the alphabet needs more than 1,000 tokens, it gets at most half of the vocabulary, so that a few rare characters
 * do not take the place of words; and never more than the vocabulary has. Then the most frequent characters stay, of
 * equally frequent ones those with the smaller code points; words with others become [UNK] and are not learnt from.
 *
 * <p>Memory is bounded: after every 16,777,216 UTF-16 units of text, if more than 2,097,152 distinct words are known, the
 * more frequent half of that number is kept. These figures hold for a heap ({@code -Xmx}) of at least 1,280 MB; for one
 * of at least 640, 320, 160 MB and so on both are halved as often. Only corpora with more distinct words make the outcome
 * depend on the heap and on the documents' order. A warning then says how many occurrences of words were dropped, which is
 * the most by which the count of a pair is too low, for each time that the pair occurs in a word.
 *
 * <p>Thread-safe: calls share nothing.
 */
public final class WordPieceTrainer {
    /** How often a pair has to occur to be merged, by default. */
    public static final int DEFAULT_MIN_FREQUENCY = 2;

    private static final int UNLIMITED_ALPHABET = 1000;

    private static final int MAXIMUM_SIZE = 1 << 24;
    private static final int MAXIMUM_THREADS = 4096;

    private WordPieceTrainer() {}

    /**
     * What to learn.
     *
     * @param vocabularySize tokens in all, at least 6 and at most 2^24; less come out where the text has too few pairs
     * @param tokenizer how text becomes words
     * @param minFrequency how often a pair has to occur to be merged, at least 1
     * @param threads that count words, from 1 to 4096
     */
    public record Config(int vocabularySize, TokenizerConfig tokenizer, long minFrequency, int threads) {
        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if a number is too small or too large
         */
        public Config {
            requireAtLeast(Vocabulary.SPECIAL_TOKENS.size() + 1, vocabularySize, "vocabulary size");
            requireAtLeast(1, minFrequency, "minimum frequency");
            requireAtLeast(1, threads, "number of threads");
            requireAtMost(MAXIMUM_SIZE, vocabularySize, "vocabulary size");
            requireAtMost(MAXIMUM_THREADS, threads, "number of threads");
        }

        private static void requireAtMost(int most, long value, String name) {
            if (value > most) {
                throw new IllegalArgumentException("Expected a " + name + " of at most " + most + ". Received: " + value
                        + ". Choose a smaller one.");
            }
        }

        private static void requireAtLeast(int least, long value, String name) {
            if (value < least) {
                throw new IllegalArgumentException("Expected a " + name + " of at least " + least + ". Received: "
                        + value + ". Choose a larger one.");
            }
        }
    }

    /**
     * Learns a vocabulary.
     *
     * @param documents read once, in order; the caller closes the stream
     * @throws CorpusException if the documents hold no word, or if reading them fails
     * @throws io.github.cloze4j.Cloze4jException if the thread is interrupted, which it still is afterwards
     */
    public static Vocabulary train(Stream<String> documents, Config config) {
        return train(
                documents,
                config,
                WordCounter.Bounds.ofHeap(Runtime.getRuntime().maxMemory()));
    }

    static Vocabulary train(Stream<String> documents, Config config, WordCounter.Bounds bounds) {
        WordCounter counter = new WordCounter(new BasicTokenizer(config.tokenizer()), config.threads(), bounds);
        // No variable holds the counted words: they are garbage once the learner has spelt them.
        MergeLearner learner = learner(counter.count(documents.iterator()), config.vocabularySize());
        return Vocabulary.of(learner.learn(config.vocabularySize(), config.minFrequency()));
    }

    private static MergeLearner learner(WordCounts words, int vocabularySize) {
        if (words.size() == 0) {
            throw new CorpusException(
                    "Expected text to learn a vocabulary from. Received: no word of at most 100 characters."
                            + " Name a corpus that holds text.");
        }
        int room = vocabularySize - Vocabulary.SPECIAL_TOKENS.size();
        Alphabet alphabet = Alphabet.of(words, Math.min(room, Math.max(UNLIMITED_ALPHABET, room / 2)));
        return new MergeLearner(Vocabulary.SPECIAL_TOKENS, alphabet, words);
    }
}
