package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A text that can be opened any number of times, or once if it is a pipe.
 *
 * @param name what messages call it
 * @param length its length in bytes as far as it is known, 0 if it is not; of a packed text that of the packed one
 * @param repeatable whether it can be opened more than once
 * @param opener opens it at its start
 * @param file the file that can be read at any place; null if it is no file, or is packed
 */
record TextSource(
        String name,
        long length,
        boolean repeatable,
        Opener opener,
        @Nullable Path file) {
    /** The file type in the mode of {@code stat}, and that of a named or an unnamed pipe. */
    private static final int TYPE_MASK = 0xF000;

    private static final int PIPE = 0x1000;

    /** Opens a text. */
    @FunctionalInterface
    interface Opener {
        /** The text from its start. */
        InputStream open() throws IOException;
    }

    /**
     * A file, unpacked if its name says that it is packed, or a pipe.
     *
     * @throws CorpusException if it is neither, such as a device without end
     */
    static TextSource of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isRegularFile()) {
                String name = file.toString();
                Path direct = name.equals(Packing.unpackedName(name)) ? file : null;
                return new TextSource(name, attributes.size(), true, () -> new UnchangedFile(file), direct);
            }
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
        if (!isPipe(file)) {
            throw new CorpusException("Expected a file or a pipe. Received: " + file
                    + ", which is a device or a socket. Name files of plain text");
        }
        AtomicBoolean opened = new AtomicBoolean();
        return new TextSource(
                file.toString(),
                0,
                false,
                () -> {
                    if (opened.getAndSet(true)) {
                        throw new CorpusException("Expected a file that can be read again. Received: " + file
                                + ", a pipe, which gives its text once. Save the text to a file and name that");
                    }
                    return Packing.unpack(file.toString(), Files.newInputStream(file));
                },
                null);
    }

    private static boolean isPipe(Path file) {
        try {
            return ((Integer) Files.getAttribute(file, "unix:mode") & TYPE_MASK) == PIPE;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException noUnix) {
            return false;
        }
    }

    /** The exception for a text that cannot be read. */
    static CorpusException unreadable(String name, IOException e) {
        return new CorpusException(
                "Expected readable text (gzip if the name ends in .gz, Zstandard if it ends in .zst) in " + name
                        + ". Received: "
                        + FileProblem.of(e).cause()
                        + ". Check that the file is complete and may be read.",
                e);
    }

    /** A file whose reading fails at its end if somebody wrote to it meanwhile: the text may then be half old and half new. */
    private static final class UnchangedFile extends InputStream {
        private final FileState before;
        private final InputStream bytes;

        UnchangedFile(Path file) throws IOException {
            before = FileState.of(file);
            bytes = Packing.unpack(file.toString(), Files.newInputStream(file));
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int from, int count) throws IOException {
            int read = bytes.read(target, from, count);
            if (read < 0) {
                before.requireUnchanged();
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            bytes.close();
        }
    }
}
