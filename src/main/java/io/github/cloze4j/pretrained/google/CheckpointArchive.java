package io.github.cloze4j.pretrained.google;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.ForeignContent;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A checkpoint in a zip or jar, or in a zip within it, as Maven artefacts hold models. Only the files of a checkpoint are
 * unpacked, side by side under the last part of their names, which cannot lead out of the directory.
 */
final class CheckpointArchive {
    /** Ten times BERT-large with its optimizer's moments; bounds what a hostile archive writes to the disk. */
    private static final long MAXIMUM_BYTES = 40L << 30;

    private static final Pattern WANTED = Pattern.compile("vocab\\.txt|bert_config\\.json|tokenizer_config\\.json"
            + "|[A-Za-z0-9_][A-Za-z0-9_.-]*\\.(index|data-\\d{5}-of-\\d{5})");

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int ZIP_MAGIC = 0x504b0304;

    private final Path target;
    private long written;

    private CheckpointArchive(Path target) {
        this.target = target;
    }

    /**
     * Unpacks the files of a checkpoint into an empty directory.
     *
     * @throws CheckpointFormatException if the archive is damaged or holds a file's name twice
     */
    static void unpack(Path archive, Path target) {
        try (BufferedInputStream bytes = new BufferedInputStream(Files.newInputStream(archive), BUFFER_BYTES)) {
            if (!isZip(bytes)) {
                ForeignContent.refuse(archive);
            }
            new CheckpointArchive(target).unpack(bytes, true);
        } catch (FileAlreadyExistsException e) {
            throw failure(
                    archive,
                    "one checkpoint",
                    "more than one file " + Path.of(e.getFile()).getFileName(),
                    e);
        } catch (IOException | IllegalArgumentException e) {
            // The latter for names of entries that are not UTF-8.
            throw failure(
                    archive,
                    "a zip or jar that can be unpacked to " + target,
                    e instanceof IOException io ? BoundedFiles.describe(io) : e.toString(),
                    e);
        }
    }

    private void unpack(InputStream bytes, boolean outermost) throws IOException {
        // Not closed: the inner stream would close the outer one, which has more entries.
        ZipInputStream zip = new ZipInputStream(bytes);
        byte[] buffer = new byte[BUFFER_BYTES];
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
            if (WANTED.matcher(name).matches()) {
                copy(zip, target.resolve(name), buffer);
            } else if (outermost && !entry.isDirectory()) {
                BufferedInputStream content = new BufferedInputStream(zip, BUFFER_BYTES);
                if (isZip(content)) {
                    unpack(content, false);
                }
            }
        }
    }

    private static boolean isZip(BufferedInputStream content) throws IOException {
        content.mark(Integer.BYTES);
        byte[] first = content.readNBytes(Integer.BYTES);
        content.reset();
        return first.length == Integer.BYTES && ByteBuffer.wrap(first).getInt() == ZIP_MAGIC;
    }

    private void copy(InputStream from, Path to, byte[] buffer) throws IOException {
        try (OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                written += count;
                if (written > MAXIMUM_BYTES) {
                    throw new IOException("more than " + MAXIMUM_BYTES + " bytes");
                }
                out.write(buffer, 0, count);
            }
        }
    }

    private static CheckpointFormatException failure(Path archive, String expected, String received, Exception cause) {
        return new CheckpointFormatException(
                archive + ": Expected " + expected + ". Received: " + received.replaceAll("\\s+", " ")
                        + ". Unpack it yourself, or download it again",
                cause);
    }
}
