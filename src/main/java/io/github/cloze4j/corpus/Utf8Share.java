package io.github.cloze4j.corpus;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * How much of some bytes is UTF-8. A character cut in two by the end does not count.
 *
 * @param characters well-formed characters beyond ASCII
 * @param malformed malformed sequences
 */
record Utf8Share(long characters, long malformed) {
    static Utf8Share of(ByteBuffer bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer text = CharBuffer.allocate(bytes.remaining());
        long malformed = 0;
        for (CoderResult result = decoder.decode(bytes, text, false);
                result.isError();
                result = decoder.decode(bytes, text, false)) {
            malformed++;
            bytes.position(bytes.position() + result.length());
        }
        return new Utf8Share(text.flip().codePoints().filter(c -> c > 0x7F).count(), malformed);
    }
}
