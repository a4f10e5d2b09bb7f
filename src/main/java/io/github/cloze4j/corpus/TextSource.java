package io.github.cloze4j.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * A text that can be opened any number of times.
 *
 * @param name what messages call it
 * @param opener opens it at its start
 */
record TextSource(String name, Opener opener) {
    private static final int GZIP_BUFFER = 1 << 16;

    /** Opens a text. */
    @FunctionalInterface
    interface Opener {
        /** The text from its start. */
        InputStream open() throws IOException;
    }

    /** A file, unpacked where its name ends in {@code .gz}. */
    static TextSource of(Path file) {
        return new TextSource(file.toString(), () -> {
            InputStream bytes = Files.newInputStream(file);
            if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".gz")) {
                return bytes;
            }
            try {
                return new GZIPInputStream(bytes, GZIP_BUFFER);
            } catch (IOException e) {
                bytes.close();
                throw e;
            }
        });
    }
}
