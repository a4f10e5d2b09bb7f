package io.github.cloze4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads whole files up to a limit. The limit is counted while bytes arrive, so a pipe or a device without an end cannot
 * fill the memory either; the length that the file system tells is 0 for both.
 */
public final class BoundedFiles {
    private BoundedFiles() {}

    /**
     * Reads all bytes of a file.
     *
     * @param maximumBytes the largest length that is read
     * @throws IOException if the file is longer, is {@linkplain ForeignContent another kind of file} or cannot be read; {@link
     *     #describe} puts the cause into words
     */
    public static byte[] readBytes(Path path, int maximumBytes) throws IOException {
        // Without this a directory is reported as an input/output error of the system.
        if (Files.isDirectory(path)) {
            throw new IOException("a directory");
        }
        try (InputStream input = Files.newInputStream(path)) {
            byte[] bytes = input.readNBytes(maximumBytes);
            if (input.read() >= 0) {
                throw new IOException("more than " + maximumBytes + " bytes");
            }
            ForeignContent.refuse(bytes);
            return bytes;
        }
    }

    /**
     * Reads a text in UTF-8. A byte order mark stays a character of the text.
     *
     * @param maximumBytes the largest length that is read
     * @throws IOException if the file is longer, is not UTF-8 or cannot be read; {@link #describe} puts the cause into words
     */
    public static String readText(Path path, int maximumBytes) throws IOException {
        return decode(ByteBuffer.wrap(readBytes(path, maximumBytes)));
    }

    static String decode(ByteBuffer bytes) throws IOException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new IOException("bytes that are not UTF-8", e);
        }
    }

    /** Describes why a file could not be read, in the words of a message after {@code Received:}. */
    public static String describe(IOException failure) {
        return FileProblem.of(failure).cause();
    }
}
