package io.github.cloze4j.data;

import java.util.List;
import java.util.Objects;

/** Documents as arrays on the heap. */
record TokenDocumentsInMemory(int vocabularySize, List<int[]> documents) implements TokenDocuments {
    TokenDocumentsInMemory {
        for (int[] document : documents) {
            for (int id : document) {
                if (id < 0 || id >= vocabularySize) {
                    throw new IllegalArgumentException(
                            "Expected token ids in [0, " + vocabularySize + "). Received: " + id);
                }
            }
        }
    }

    @Override
    public long count() {
        return documents.size();
    }

    @Override
    public int length(long document) {
        return document(document).length;
    }

    @Override
    public void copy(long document, int from, int[] target, int at, int count) {
        System.arraycopy(document(document), from, target, at, count);
    }

    private int[] document(long document) {
        return documents.get((int) Objects.checkIndex(document, (long) documents.size()));
    }
}
