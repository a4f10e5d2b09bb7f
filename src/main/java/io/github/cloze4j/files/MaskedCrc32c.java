package io.github.cloze4j.files;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The checksum of TensorFlow's files: a CRC-32C, rotated and shifted so that it stays strong where the data themselves
 * hold checksums (LevelDB's {@code crc32c::Mask}).
 */
public final class MaskedCrc32c {
    private static final int ROTATION = 15;
    private static final int DELTA = 0xA282EAD8;

    private MaskedCrc32c() {}

    /** Of what remains in the buffer, whose position stays. */
    public static int of(ByteBuffer bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes.duplicate());
        return Integer.rotateRight((int) sum.getValue(), ROTATION) + DELTA;
    }
}
