package io.github.cloze4j.corpus;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** Files that are packed, by the extensions of their names: gzip and Zstandard. */
public final class Packing {
    /** The extension of files that are packed with gzip. */
    static final String GZIP = ".gz";

    /** The extension of files that are packed with Zstandard. */
    static final String ZSTANDARD = ".zst";

    private static final int GZIP_BUFFER = 1 << 16;

    private Packing() {}

    /** The name of a file without the extension of its packing, if it has one. */
    public static String unpackedName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (String extension : new String[] {GZIP, ZSTANDARD}) {
            if (lower.endsWith(extension)) {
                return name.substring(0, name.length() - extension.length());
            }
        }
        return name;
    }

    /** The extension of a file's name without regard to packing, without the dot; empty if the name has none. */
    static String extension(String name) {
        String unpacked = unpackedName(name);
        // A name without a dot has no extension, such as that of a file named csv.
        int dot = unpacked.lastIndexOf('.');
        return dot < 0 ? "" : unpacked.substring(dot + 1);
    }

    /**
     * Unpacks a file if its name says that it is packed.
     *
     * @param bytes the file from its start; closed with the result, and if this throws
     * @throws CorpusException if the file is packed with Zstandard, and its library is not on the class path
     */
    static InputStream unpack(String name, InputStream bytes) throws IOException {
        String lower = name.toLowerCase(Locale.ROOT);
        try {
            if (lower.endsWith(GZIP)) {
                return new GZIPInputStream(bytes, GZIP_BUFFER);
            }
            return lower.endsWith(ZSTANDARD) ? zstandard(name, bytes) : bytes;
        } catch (IOException | RuntimeException e) {
            bytes.close();
            throw e;
        }
    }

    private static InputStream zstandard(String name, InputStream bytes) throws IOException {
        try {
            return Zstandard.open(bytes);
        } catch (LinkageError absent) {
            throw new CorpusException(
                    "Expected the library of Zstandard on the class path, to unpack " + name
                            + ". Received: none that works here (" + absent
                            + "). Add the Maven dependency com.github.luben:zstd-jni:1.5.7-28, name a temporary directory whose files may be run with -Djava.io.tmpdir, or unpack the file",
                    absent);
        }
    }

    /** Apart from the rest, which loads without the library. */
    private static final class Zstandard {
        private Zstandard() {}

        static InputStream open(InputStream bytes) throws IOException {
            return new ZstdInputStreamNoFinalizer(bytes);
        }
    }
}
