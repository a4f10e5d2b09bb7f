package io.github.cloze4j.corpus.records;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The records of one text, in the order of the text. A reader holds one record at a time and is not thread-safe. */
@FunctionalInterface
public interface RecordReader {
    /**
     * Reads the next record.
     *
     * @return null at the end
     * @throws io.github.cloze4j.CorpusException if the record is wrong; the message names the file and the line
     * @throws IOException if the text cannot be read
     */
    @Nullable
    NamedFields next() throws IOException;
}
