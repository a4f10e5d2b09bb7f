package io.github.cloze4j.corpus;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Splits documents into training and validation by the hash of their text: a document's side never depends on other
 * documents, on order or on a seed, and equal documents are on one side. A larger share keeps all that a smaller one had.
 * Immutable and thread-safe.
 */
public final class DocumentSplit {
    /** The share that is held out where nobody says. */
    public static final double DEFAULT_VALIDATION_FRACTION = 0.01;

    private static final double UNIT = 0x1p-53;
    private static final int UNUSED_BITS = 11;

    private final double validationFraction;

    /** @param validationFraction share of documents for validation, in [0, 1); 0 keeps all for training */
    public DocumentSplit(double validationFraction) {
        if (!(validationFraction >= 0 && validationFraction < 1)) {
            throw new IllegalArgumentException(
                    "Expected a validation fraction in [0, 1). Received: " + validationFraction);
        }
        this.validationFraction = validationFraction;
    }

    /** Whether the document is for validation. */
    public boolean isValidation(String document) {
        return hash(document) < validationFraction;
    }

    /** Uniform on [0, 1). */
    private static double hash(String document) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(document.getBytes(StandardCharsets.UTF_8));
            long bits = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                bits = (bits << Byte.SIZE) | (digest[i] & 0xFF);
            }
            return (bits >>> UNUSED_BITS) * UNIT;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
