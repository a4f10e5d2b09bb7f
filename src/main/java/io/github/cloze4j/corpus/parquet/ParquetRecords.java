package io.github.cloze4j.corpus.parquet;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.RecordReader;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.files.StrictJson;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.parquet.VersionParser;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.VersionParser.VersionParseException;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/** The records of a Parquet file: the texts of some of its columns, row by row. One page of each column is in memory. Not thread-safe. */
public final class ParquetRecords implements RecordReader, Closeable {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

    /** The length of the footer and the magic bytes after it. */
    private static final int TAIL = 8;

    /** The most bytes of a footer, which is in memory as a whole. */
    private static final int LONGEST_FOOTER = 1 << 27;

    private final String name;
    private final FileChannel file;
    private final FileMetaData footer;
    private final List<TextColumn> columns = new ArrayList<>();
    private final @Nullable ParsedVersion writer;
    private List<ColumnTexts> texts = List.of();
    private int group;
    private long rowsLeft;
    private long row;

    private ParquetRecords(String name, FileChannel file, List<String> fields) throws IOException {
        this.name = name;
        this.file = file;
        footer = readFooter();
        writer = version(footer.getCreated_by());
        ColumnTree tree = readSchema();
        for (String field : fields) {
            columns.add(tree.column(field, new SourceLine(name, 0)));
        }
    }

    /**
     * Opens a file.
     *
     * @param fields names of columns; {@code a.b} is the column {@code b} of the group {@code a}
     * @throws CorpusException if the file is damaged or no Parquet file, or a column is missing or holds no texts
     * @throws IOException if the file cannot be read
     */
    public static ParquetRecords open(Path path, List<String> fields) throws IOException {
        FileChannel file = FileChannel.open(path);
        try {
            return new ParquetRecords(path.toString(), file, fields);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private FileMetaData readFooter() throws IOException {
        long length = file.size();
        byte[] tail = length < MAGIC.length + TAIL ? new byte[TAIL] : read(length - TAIL, TAIL);
        if (!Arrays.equals(tail, TAIL - MAGIC.length, TAIL, MAGIC, 0, MAGIC.length)) {
            throw damaged("a file that does not end with PAR1, as unencrypted Parquet files do", null);
        }
        int footerLength = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (footerLength < 0 || footerLength > Math.min(LONGEST_FOOTER, length - MAGIC.length - TAIL)) {
            throw damaged("a footer of " + footerLength + " bytes", null);
        }
        byte[] bytes = read(length - TAIL - footerLength, footerLength);
        try {
            return Util.readFileMetaData(new ByteArrayInputStream(bytes));
        } catch (IOException | RuntimeException e) {
            throw damaged("a footer that cannot be read", e);
        }
    }

    private ColumnTree readSchema() {
        try {
            return ColumnTree.of(footer.getSchema());
        } catch (RuntimeException e) {
            throw damaged("a schema that is no tree", e);
        }
    }

    private byte[] read(long position, int count) throws IOException {
        return new FileRegion(file, position, count).readNBytes(count);
    }

    /** A writer of an unknown version is null, which the decoders take for an old one. */
    private static @Nullable ParsedVersion version(@Nullable String createdBy) {
        try {
            return createdBy == null ? null : VersionParser.parse(createdBy);
        } catch (VersionParseException unknown) {
            return null;
        }
    }

    @Override
    public @Nullable NamedFields next() throws IOException {
        try {
            while (rowsLeft == 0) {
                if (group == footer.getRow_groups().size()) {
                    return null;
                }
                RowGroup rows = footer.getRow_groups().get(group++);
                rowsLeft = rows.getNum_rows();
                if (rowsLeft < 0) {
                    throw damaged("row group " + group + " with " + rowsLeft + " rows", null);
                }
                // A group without rows may have columns without pages.
                if (rowsLeft > 0) {
                    openGroup(rows);
                }
            }
            rowsLeft--;
            row++;
            Map<String, JsonNode> values = new LinkedHashMap<>();
            for (int i = 0; i < texts.size(); i++) {
                values.put(columns.get(i).field(), texts.get(i).next());
            }
            return new NamedFields(place(), values);
        } catch (Cloze4jException described) {
            throw described;
        } catch (LinkageError absent) {
            CorpusException problem = place().problem(
                            "the library that unpacks the pages, Zstandard's, on the class path",
                            "none that works here (" + absent + ")",
                            "Add the Maven dependency com.github.luben:zstd-jni:1.5.7-28, or name a temporary directory whose"
                                    + " files may be run with -Djava.io.tmpdir");
            problem.initCause(absent);
            throw problem;
        } catch (UncheckedIOException e) {
            // Its own message begins with the name of the class of its cause.
            throw damaged(Objects.requireNonNull(e.getCause()).getMessage() + "", e);
        } catch (RuntimeException e) {
            // The decoders check little: what damaged pages hold surfaces as any exception.
            throw damaged("a page that cannot be decoded (" + e + ")", e);
        }
    }

    private void openGroup(RowGroup rows) {
        List<ColumnTexts> opened = new ArrayList<>();
        for (TextColumn column : columns) {
            ColumnChunk chunk = rows.getColumns().stream()
                    .filter(candidate -> candidate.getMeta_data() != null
                            && candidate.getMeta_data().getPath_in_schema().equals(column.path()))
                    .findFirst()
                    .orElseThrow(() -> damaged(
                            "row group " + group + " without the column " + StrictJson.quoted(column.field()), null));
            if (chunk.getFile_path() != null) {
                throw damaged("a column in another file, " + StrictJson.quoted(chunk.getFile_path()), null);
            }
            opened.add(new ColumnTexts(column, new ColumnPages(file, chunk.getMeta_data()), writer));
        }
        texts = opened;
    }

    private SourceLine place() {
        return new SourceLine(name, row, "row");
    }

    private CorpusException damaged(String received, @Nullable Exception cause) {
        CorpusException problem =
                place().problem("a whole Parquet file", received, "Restore the file, or write it again");
        if (cause != null) {
            problem.initCause(cause);
        }
        return problem;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
