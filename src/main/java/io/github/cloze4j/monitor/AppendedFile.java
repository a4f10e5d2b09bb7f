package io.github.cloze4j.monitor;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.FileProblem;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file that grows by whole records. Each record is one write without a buffer of ours: if the process dies, all that
 * was written before stays. Not a {@code FileChannel}, because interrupting the training thread would close that.
 */
final class AppendedFile implements AutoCloseable {
    private final Path path;
    private final FileOutputStream stream;
    /** The bytes that the file has at least. */
    private long length;

    private AppendedFile(Path path, FileOutputStream stream, long length) {
        this.path = path;
        this.stream = stream;
        this.length = length;
    }

    /** Opens or creates the file, and its directory; what it holds stays. */
    static AppendedFile open(Path path) {
        try {
            Path directory = path.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            FileOutputStream stream = new FileOutputStream(path.toFile(), true);
            return new AppendedFile(path, stream, Files.size(path));
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    /** @throws Cloze4jException if the record cannot be written, or the file is no longer in its place */
    void append(byte[] record) {
        try {
            stream.write(record);
            length += record.length;
            // A file that was deleted or renamed takes further records, which nobody would find.
            if (Files.size(path) < length) {
                throw new IOException("another or a truncated file in its place");
            }
        } catch (NoSuchFileException gone) {
            throw new Cloze4jException(
                    path
                            + ": Expected the log as the run began with it. Received: no such file. It was deleted, renamed"
                            + " or unmounted under the run, which ends here. Bring its directory back and resume",
                    gone);
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    /** Makes what was written survive a loss of power. */
    void synchronizeWithDisk() {
        try {
            stream.getFD().sync();
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    static Cloze4jException failure(Path path, IOException cause) {
        return new Cloze4jException(
                path + ": Expected to write the log. Received: "
                        + FileProblem.of(cause).sentences(),
                cause);
    }
}
