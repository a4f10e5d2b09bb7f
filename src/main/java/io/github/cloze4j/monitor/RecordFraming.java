package io.github.cloze4j.monitor;

import io.github.cloze4j.files.MaskedCrc32c;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * TensorFlow's record format (TFRecord), all little-endian: length (8 bytes), {@linkplain MaskedCrc32c masked CRC-32C} of
 * the length (4 bytes), the record, masked CRC-32C of the record (4 bytes).
 */
final class RecordFraming {
    private RecordFraming() {}

    static byte[] frame(byte[] record) {
        ByteBuffer framed = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + record.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(record.length);
        framed.putInt(MaskedCrc32c.of(ByteBuffer.wrap(framed.array(), 0, Long.BYTES)));
        framed.put(record).putInt(MaskedCrc32c.of(ByteBuffer.wrap(record)));
        return framed.array();
    }
}
