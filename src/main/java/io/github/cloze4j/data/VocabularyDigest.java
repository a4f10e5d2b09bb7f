package io.github.cloze4j.data;

import io.github.cloze4j.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells vocabularies apart: the SHA-256 of {@code vocab.txt}. */
final class VocabularyDigest {
    private VocabularyDigest() {}

    /** In lower-case hexadecimal. */
    static String sha256(Vocabulary vocabulary) {
        try {
            byte[] text = vocabulary.toText().getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
