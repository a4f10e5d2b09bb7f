package io.github.cloze4j.data;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Reads all of some documents to sum them up. */
final class DocumentsChecksum {
    private static final int NUMBERS = 4096;

    private final CRC32C sum = new CRC32C();
    private final ByteBuffer buffer = ByteBuffer.allocate(NUMBERS * Integer.BYTES);

    private DocumentsChecksum() {}

    static long of(TokenDocuments documents) {
        DocumentsChecksum checksum = new DocumentsChecksum();
        checksum.add(documents.vocabularySize());
        int[] ids = new int[NUMBERS];
        for (long document = 0; document < documents.count(); document++) {
            int length = documents.length(document);
            checksum.add(length);
            for (int from = 0; from < length; from += NUMBERS) {
                int count = Math.min(NUMBERS, length - from);
                documents.copy(document, from, ids, 0, count);
                for (int i = 0; i < count; i++) {
                    checksum.add(ids[i]);
                }
            }
            SentenceEnds ends = documents.sentenceEnds(document);
            for (int sentence = 0; sentence < ends.count(); sentence++) {
                checksum.add(ends.get(sentence));
            }
        }
        checksum.flush();
        return checksum.sum.getValue();
    }

    private void add(int number) {
        if (!buffer.hasRemaining()) {
            flush();
        }
        buffer.putInt(number);
    }

    private void flush() {
        sum.update(buffer.flip());
        buffer.clear();
    }
}
