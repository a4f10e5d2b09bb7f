package io.github.cloze4j.corpus;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * How the bytes of a file become text.
 *
 * @param encoding the encoding of all files
 * @param anyContent whether files are read that do not look like plain text in that encoding. Bytes that cannot be decoded
 *     are then read as U+FFFD, however many they are
 */
public record TextOptions(Charset encoding, boolean anyContent) {
    /** Plain text in UTF-8. */
    public static final TextOptions UTF_8 = new TextOptions(StandardCharsets.UTF_8, false);
}
