package io.github.cloze4j.monitor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * TensorFlow's record format (TFRecord), all little-endian: length (8 bytes), masked CRC-32C of the length (4 bytes), the
 * record, masked CRC-32C of the record (4 bytes). The mask keeps the sum of data that itself holds sums from being weak.
 */
final class RecordFraming {
    private static final int MASK_ROTATION = 15;
    private static final int MASK_DELTA = 0xA282EAD8;

    private RecordFraming() {}

    static byte[] frame(byte[] record) {
        ByteBuffer framed = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + record.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(record.length);
        framed.putInt(maskedSum(framed.array(), Long.BYTES));
        framed.put(record).putInt(maskedSum(record, record.length));
        return framed.array();
    }

    private static int maskedSum(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        return Integer.rotateRight((int) sum.getValue(), MASK_ROTATION) + MASK_DELTA;
    }
}
