package io.github.cloze4j.corpus;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The documents of one file, in the order of the file. */
interface DocumentSource extends Closeable {
    /** The next document, never blank; null at the end. */
    @Nullable
    String next() throws IOException;
}
