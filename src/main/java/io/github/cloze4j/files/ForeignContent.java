package io.github.cloze4j.files;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Recognises what often lies in the place of a file of a model: a pointer of Git LFS, a web page, an archive. Read as the file
 * itself, these give misleading messages, such as the length of a header of 2336927755350992246 bytes.
 */
public final class ForeignContent {
    /** The bytes of a file's beginning that are looked at. */
    public static final int BEGINNING = 256;

    private static final String LFS = "version https://git-lfs";

    private ForeignContent() {}

    /**
     * Describes foreign content, in the words of a message after {@code Received:}.
     *
     * @param beginning the first bytes of a file, at most {@link #BEGINNING} of which are looked at
     * @return null if the content is none of these
     */
    public static @Nullable String describe(byte[] beginning) {
        if (startsWith(beginning, 0x1f, 0x8b)) {
            return "a gzip file, which must be unpacked first (gunzip)";
        }
        if (startsWith(beginning, 'P', 'K', 3, 4)) {
            return "a zip archive, such as PyTorch's own format";
        }
        int length = Math.min(beginning.length, BEGINNING);
        String text = new String(beginning, 0, length, StandardCharsets.ISO_8859_1).stripLeading();
        if (text.startsWith(LFS)) {
            return "a pointer of Git LFS in the place of the file; 'git lfs pull' fetches the file itself";
        }
        String lowerCase = text.toLowerCase(Locale.ROOT);
        if (lowerCase.startsWith("<!doctype") || lowerCase.startsWith("<html") || lowerCase.startsWith("<?xml")) {
            return "a web page, such as a server's error message saved in the place of the file; download it again";
        }
        return null;
    }

    /**
     * Refuses a file with foreign content.
     *
     * @throws IOException if the file's content is foreign, with {@link #describe}'s words as its message; or if it cannot be
     *     read
     */
    public static void refuse(Path path) throws IOException {
        if (Files.notExists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        // Not of Files: an interrupt of the thread would close it.
        try (InputStream input = new FileInputStream(path.toFile())) {
            refuse(input.readNBytes(BEGINNING));
        }
    }

    /** Refuses a file by its first bytes; {@link IOException} as {@link #refuse(Path)}. */
    public static void refuse(byte[] beginning) throws IOException {
        String foreign = describe(beginning);
        if (foreign != null) {
            throw new IOException(foreign);
        }
    }

    private static boolean startsWith(byte[] bytes, int... magic) {
        if (bytes.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
