package io.github.cloze4j.tokenizer.training;

import java.util.Arrays;
import java.util.List;

/**
 * The most frequent pair first; of equally frequent ones the one with the smaller left token, then the smaller right
 * token, by code points. A binary heap of pair numbers in which a pair stands once.
 *
 * <p>Rising counts have to be announced with {@link #raise}. Falling counts are noticed when the pair comes to the top:
 * a pair's standing in the heap is never below its count, so that a top whose standing is its count is the greatest.
 */
final class PairQueue {
    private static final int INITIAL_LENGTH = 1 << 12;
    private static final int ABSENT = -1;

    private final PairTable pairs;
    private final List<int[]> tokens;
    private int size;
    private int[] heap = new int[INITIAL_LENGTH];
    /** Of each pair: its index in the heap, and the count that it has there. */
    private int[] indexes = {};

    private long[] standings = {};

    /** @param tokens the code points of each token; grows with the vocabulary */
    PairQueue(PairTable pairs, List<int[]> tokens) {
        this.pairs = pairs;
        this.tokens = tokens;
    }

    /** Makes a pair's standing at least its count; a pair that is not in the queue enters it. */
    void raise(int pair) {
        if (pair >= indexes.length) {
            int known = indexes.length;
            indexes = Arrays.copyOf(indexes, Math.max(INITIAL_LENGTH, 2 * pair));
            standings = Arrays.copyOf(standings, indexes.length);
            Arrays.fill(indexes, known, indexes.length, ABSENT);
        }
        long count = pairs.count(pair);
        if (indexes[pair] == ABSENT) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            standings[pair] = count;
            siftUp(size++, pair);
        } else if (count > standings[pair]) {
            standings[pair] = count;
            siftUp(indexes[pair], pair);
        }
    }

    /** Takes the first pair out, if its count is at least {@code minCount}; -1 if there is none. */
    int poll(long minCount) {
        while (size > 0) {
            int top = heap[0];
            long count = pairs.count(top);
            if (count == standings[top] && count >= minCount) {
                removeTop();
                return top;
            }
            if (count >= minCount) {
                standings[top] = count;
                siftDown(0, top);
            } else if (standings[top] >= minCount) {
                removeTop();
            } else {
                return ABSENT;
            }
        }
        return ABSENT;
    }

    private void removeTop() {
        indexes[heap[0]] = ABSENT;
        int last = heap[--size];
        if (size > 0) {
            siftDown(0, last);
        }
    }

    private void siftUp(int from, int pair) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) >>> 1;
            if (!before(pair, heap[parent])) {
                break;
            }
            place(heap[parent], index);
            index = parent;
        }
        place(pair, index);
    }

    private void siftDown(int from, int pair) {
        int index = from;
        while (2 * index + 1 < size) {
            int child = 2 * index + 1;
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], pair)) {
                break;
            }
            place(heap[child], index);
            index = child;
        }
        place(pair, index);
    }

    private void place(int pair, int index) {
        heap[index] = pair;
        indexes[pair] = index;
    }

    private boolean before(int pair, int other) {
        if (standings[pair] != standings[other]) {
            return standings[pair] > standings[other];
        }
        int order = compareTokens(pairs.left(pair), pairs.left(other));
        return order < 0 || (order == 0 && compareTokens(pairs.right(pair), pairs.right(other)) < 0);
    }

    private int compareTokens(int token, int other) {
        return token == other ? 0 : Arrays.compare(tokens.get(token), tokens.get(other));
    }
}
