package io.github.cloze4j.corpus;

import java.nio.charset.Charset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts the bytes of one reading that are no text: malformed ones and NULs. A reading goes over one file or over all files of
 * a corpus. Not thread-safe.
 */
final class UndecodableBytes {
    /** One such byte for this many others is negligible: damage, not another encoding. */
    static final int TOLERATED_ONE_IN = 10_000;

    private final long knownLength;
    private long count;
    private long files;
    private @Nullable String firstFile;
    private long firstLine;
    private boolean refused;

    /** @param knownLength the length of all texts together in bytes, as far as it is known */
    UndecodableBytes(long knownLength) {
        this.knownLength = knownLength;
    }

    /** Whether all texts have too many, the last of which has this length so far. */
    boolean areTooMany(long lengthOfOne) {
        return isTooMany(count, Math.max(knownLength, lengthOfOne));
    }

    /** Whether so many of them are more than negligible in a text of this length. */
    static boolean isTooMany(long count, long bytes) {
        return count > 1 + bytes / TOLERATED_ONE_IN;
    }

    /**
     * Adds one.
     *
     * @param ofFile how many the file has had, this one included
     * @param line the line of the file's first one, counted from 1
     */
    void add(String file, long ofFile, long line) {
        count++;
        if (ofFile == 1) {
            files++;
        }
        if (firstFile == null) {
            firstFile = file;
            firstLine = line;
        }
    }

    /** Notes that reading ends with an exception, which says what is wrong. */
    void refuse() {
        refused = true;
    }

    /** For people, in one sentence; empty if there are none, or if reading was refused. */
    Optional<String> describe(Charset encoding) {
        if (count == 0 || refused) {
            return Optional.empty();
        }
        String places = count == 1 ? "1 place is" : count + " places are";
        return Optional.of(places + " not " + encoding.name() + " text in " + files + (files == 1 ? " file" : " files")
                + ", and read as U+FFFD or NUL; the first is in line " + firstLine + " of " + firstFile);
    }
}
