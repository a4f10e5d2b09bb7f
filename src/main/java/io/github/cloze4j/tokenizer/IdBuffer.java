package io.github.cloze4j.tokenizer;

import java.util.Arrays;

/** Token ids that grow in number. Not thread-safe. */
final class IdBuffer {
    private int[] ids;
    private int size;

    IdBuffer(int expected) {
        ids = new int[expected];
    }

    void add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size + 1);
        }
        ids[size++] = id;
    }

    int get(int index) {
        return ids[index];
    }

    int size() {
        return size;
    }

    /** Forgets all but the first ids. */
    void truncate(int newSize) {
        size = newSize;
    }

    int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
