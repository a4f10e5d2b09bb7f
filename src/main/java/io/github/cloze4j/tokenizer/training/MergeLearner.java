package io.github.cloze4j.tokenizer.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair encoding (Sennrich et al., 2016) on WordPiece's tokens: words are spelt in characters, then the most frequent
 * pair of neighbouring tokens becomes one token everywhere, again and again. As in Hugging Face's trainer, a pair whose
 * text is a token already is merged without adding a token.
 *
 * <p>The outcome depends on the words and their counts only, not on the words' order: counts are exact, and
 * {@link PairQueue} knows no two equal pairs. Not thread-safe.
 */
final class MergeLearner {
    private static final int[] CONTINUATION = {'#', '#'};

    /** The code points of each token, with {@code ##} where it has it. */
    private final List<int[]> tokens = new ArrayList<>();

    private final Map<String, Integer> ids = new HashMap<>();

    /** Word w is tokens symbols[starts[w]] ... symbols[ends[w] - 1]; ends shrink as tokens are merged. */
    private final int[] symbols;

    private final int[] starts;
    private final int[] ends;
    private final long[] counts;

    private final PairTable pairs = new PairTable();
    private final PairQueue queue = new PairQueue(pairs, tokens);

    /** The pairs that became more frequent in the running merge: they hold the merge's token. */
    private int[] raised = new int[16];

    private int raisedCount;

    /** @param firstTokens what the vocabulary holds before the alphabet */
    MergeLearner(List<String> firstTokens, Alphabet alphabet, WordCounts words) {
        firstTokens.forEach(token -> add(token.codePoints().toArray()));
        int firstCharacter = tokens.size();
        for (int character : alphabet.characters()) {
            add(new int[] {character});
        }
        int firstContinuing = tokens.size();
        for (int character : alphabet.continuing()) {
            add(concatenate(CONTINUATION, new int[] {character}, 0));
        }
        starts = new int[words.size()];
        ends = new int[words.size()];
        counts = new long[words.size()];
        symbols = spell(words, alphabet, firstCharacter, firstContinuing);
    }

    /** Spells all words in characters. A word with a character that has no token stays empty: it will be [UNK]. */
    private int[] spell(WordCounts words, Alphabet alphabet, int firstCharacter, int firstContinuing) {
        // A code point has one unit or two: this is enough, and exact for most texts.
        int[] spelt = new int[words.units()];
        int[] word = new int[words.longest()];
        int used = 0;
        for (int w = 0; w < words.size(); w++) {
            int length = words.codePoints(w, word);
            counts[w] = words.count(w);
            starts[w] = used;
            for (int i = 0; i < length; i++) {
                int index = Arrays.binarySearch(i == 0 ? alphabet.characters() : alphabet.continuing(), word[i]);
                if (index < 0) {
                    used = starts[w];
                    break;
                }
                spelt[used++] = index + (i == 0 ? firstCharacter : firstContinuing);
            }
            ends[w] = used;
        }
        return spelt;
    }

    /**
     * Merges until the vocabulary has {@code vocabularySize} tokens or no pair occurs {@code minFrequency} times.
     *
     * @return all tokens by id
     * @throws io.github.cloze4j.Cloze4jException if the thread is interrupted
     */
    List<String> learn(int vocabularySize, long minFrequency) {
        countPairs();
        while (tokens.size() < vocabularySize) {
            Interrupts.require("learn all tokens");
            int pair = queue.poll(minFrequency);
            if (pair < 0) {
                break;
            }
            merge(pair);
        }
        return tokens.stream().map(MergeLearner::text).toList();
    }

    private void countPairs() {
        for (int word = 0; word < counts.length; word++) {
            for (int i = starts[word] + 1; i < ends[word]; i++) {
                pairs.add(pairs.number(symbols[i - 1], symbols[i]), counts[word], word);
            }
        }
        for (int pair = 0; pair < pairs.size(); pair++) {
            queue.raise(pair);
        }
    }

    private void merge(int pair) {
        int[] right = tokens.get(pairs.right(pair));
        int merged = add(concatenate(tokens.get(pairs.left(pair)), right, CONTINUATION.length));
        int[] words = pairs.words(pair);
        int wordCount = pairs.wordCount(pair);
        for (int i = 0; i < wordCount; i++) {
            mergeIn(words[i], pair, merged);
        }
        for (int i = 0; i < raisedCount; i++) {
            queue.raise(raised[i]);
        }
        raisedCount = 0;
    }

    /** Merges a pair wherever it occurs in a word, from left to right. */
    private void mergeIn(int word, int pair, int merged) {
        int left = pairs.left(pair);
        int right = pairs.right(pair);
        int start = starts[word];
        int end = ends[word];
        long count = counts[word];
        int written = start;
        for (int i = start; i < end; i++) {
            int symbol = symbols[i];
            if (symbol == left && i + 1 < end && symbols[i + 1] == right) {
                pairs.subtract(pair, count);
                if (written > start) {
                    int before = symbols[written - 1];
                    pairs.subtract(pairs.number(before, left), count);
                    raise(pairs.number(before, merged), count, word);
                }
                if (i + 2 < end) {
                    int after = symbols[i + 2];
                    pairs.subtract(pairs.number(right, after), count);
                    raise(pairs.number(merged, after), count, word);
                }
                symbol = merged;
                i++;
            }
            symbols[written++] = symbol;
        }
        ends[word] = written;
    }

    private void raise(int pair, long count, int word) {
        pairs.add(pair, count, word);
        if (raisedCount == raised.length) {
            raised = Arrays.copyOf(raised, 2 * raisedCount);
        }
        raised[raisedCount++] = pair;
    }

    /** The id of a token, which is the next one if the token is new. */
    private int add(int[] token) {
        Integer known = ids.putIfAbsent(text(token), tokens.size());
        if (known != null) {
            return known;
        }
        tokens.add(token);
        return tokens.size() - 1;
    }

    private static int[] concatenate(int[] first, int[] second, int secondFrom) {
        int[] both = Arrays.copyOf(first, first.length + second.length - secondFrom);
        System.arraycopy(second, secondFrom, both, first.length, second.length - secondFrom);
        return both;
    }

    private static String text(int[] codePoints) {
        return new String(codePoints, 0, codePoints.length);
    }
}
