package io.github.cloze4j.corpus.parquet;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/** The pages of a column in a row group, one in memory at a time. Failures are unchecked. Not thread-safe. */
final class ColumnPages implements PageReader {
    private static final int BUFFER = 1 << 16;

    /** The most bytes of a page, packed or not. Writers aim at one megabyte and exceed it for long texts. */
    private static final int LONGEST_PAGE = 1 << 28;

    private final InputStream bytes;
    private final CompressionCodec codec;
    private final long values;
    private @Nullable PageHeader ahead;

    ColumnPages(FileChannel file, ColumnMetaData column) {
        long start = column.getData_page_offset();
        if (column.isSetDictionary_page_offset() && column.getDictionary_page_offset() > 0) {
            start = Math.min(start, column.getDictionary_page_offset());
        }
        bytes = new BufferedInputStream(new FileRegion(file, start, column.getTotal_compressed_size()), BUFFER);
        codec = column.getCodec();
        values = column.getNum_values();
    }

    @Override
    public long getTotalValueCount() {
        return values;
    }

    @Override
    public @Nullable DictionaryPage readDictionaryPage() {
        try {
            PageHeader header = Util.readPageHeader(bytes);
            if (header.getType() != PageType.DICTIONARY_PAGE) {
                ahead = header;
                return null;
            }
            byte[] unpacked = PagePacking.unpack(codec, body(header), 0, header.getUncompressed_page_size());
            return new DictionaryPage(
                    BytesInput.from(unpacked),
                    header.getDictionary_page_header().getNum_values(),
                    encoding(header.getDictionary_page_header().getEncoding()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public DataPage readPage() {
        try {
            while (true) {
                PageHeader header = ahead == null ? Util.readPageHeader(bytes) : ahead;
                ahead = null;
                byte[] body = body(header);
                if (header.getType() == PageType.DATA_PAGE
                        && header.getData_page_header().getNum_values() > 0) {
                    return page(header, header.getData_page_header(), body);
                }
                if (header.getType() == PageType.DATA_PAGE_V2
                        && header.getData_page_header_v2().getNum_values() > 0) {
                    return page(header, header.getData_page_header_v2(), body);
                }
                // Indexes hold no values, nor do some pages of pyarrow; the decoders expect a value of each page.
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] body(PageHeader header) throws IOException {
        int packed = header.getCompressed_page_size();
        int unpacked = header.getUncompressed_page_size();
        if (packed < 0 || unpacked < 0 || packed > LONGEST_PAGE || unpacked > LONGEST_PAGE) {
            throw new IOException("a page of " + packed + " bytes, unpacked " + unpacked + ", beyond " + LONGEST_PAGE);
        }
        byte[] body = bytes.readNBytes(packed);
        if (body.length < packed) {
            throw new IOException("a page that is cut");
        }
        if (header.isSetCrc()) {
            CRC32 sum = new CRC32();
            sum.update(body);
            if ((int) sum.getValue() != header.getCrc()) {
                throw new IOException("a page with a wrong checksum");
            }
        }
        return body;
    }

    private DataPage page(PageHeader header, DataPageHeader data, byte[] body) throws IOException {
        byte[] unpacked = PagePacking.unpack(codec, body, 0, header.getUncompressed_page_size());
        return new DataPageV1(
                BytesInput.from(unpacked),
                data.getNum_values(),
                unpacked.length,
                noStatistics(),
                encoding(data.getRepetition_level_encoding()),
                encoding(data.getDefinition_level_encoding()),
                encoding(data.getEncoding()));
    }

    private DataPage page(PageHeader header, DataPageHeaderV2 data, byte[] body) throws IOException {
        int repetition = data.getRepetition_levels_byte_length();
        int levels = Math.addExact(repetition, data.getDefinition_levels_byte_length());
        boolean packed = !data.isSetIs_compressed() || data.isIs_compressed();
        byte[] unpacked = PagePacking.unpack(
                packed ? codec : CompressionCodec.UNCOMPRESSED,
                body,
                levels,
                header.getUncompressed_page_size() - levels);
        return DataPageV2.uncompressed(
                data.getNum_rows(),
                data.getNum_nulls(),
                data.getNum_values(),
                BytesInput.from(body, 0, repetition),
                BytesInput.from(body, repetition, levels - repetition),
                encoding(data.getEncoding()),
                BytesInput.from(unpacked),
                noStatistics());
    }

    /** The decoders do not look at the statistics. */
    @SuppressWarnings("NullAway")
    private static Statistics<?> noStatistics() {
        return null;
    }

    private static Encoding encoding(org.apache.parquet.format.Encoding stored) {
        return Encoding.valueOf(stored.name());
    }
}
