package io.github.cloze4j.corpus.parquet;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.format.CompressionCodec;

/** Unpacks pages. */
final class PagePacking {
    private PagePacking() {}

    /**
     * Unpacks the bytes from a place to the end.
     *
     * @param size the number of bytes that come out
     * @throws IOException if another number comes out, the bytes are damaged, or the way of packing is not known
     */
    static byte[] unpack(CompressionCodec codec, byte[] packed, int from, int size) throws IOException {
        int count = packed.length - from;
        if (size < 0 || count < 0) {
            throw new IOException("a page whose parts are longer than the page");
        }
        byte[] unpacked =
                switch (codec) {
                    case UNCOMPRESSED -> Arrays.copyOfRange(packed, from, packed.length);
                    case GZIP -> {
                        try (GZIPInputStream bytes =
                                new GZIPInputStream(new ByteArrayInputStream(packed, from, count))) {
                            yield bytes.readNBytes(size);
                        }
                    }
                    case SNAPPY -> count == 0 ? new byte[0] : SnappyBlock.unpack(packed, from, size);
                    case ZSTD -> {
                        byte[] target = new byte[size];
                        // Nothing is packed as no bytes at all.
                        long length = count == 0 ? 0 : Zstd.decompressByteArray(target, 0, size, packed, from, count);
                        yield length == size ? target : new byte[0];
                    }
                    default ->
                        throw new IOException(
                                "pages packed with " + codec + ", where SNAPPY, GZIP, ZSTD and UNCOMPRESSED are known");
                };
        if (unpacked.length != size) {
            throw new IOException("a page of another length than its header says");
        }
        return unpacked;
    }
}
