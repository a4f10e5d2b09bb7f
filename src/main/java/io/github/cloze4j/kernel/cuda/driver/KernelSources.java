package io.github.cloze4j.kernel.cuda.driver;

import io.github.cloze4j.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The program of all kernels.
 *
 * @param main text of {@code kernels.cu}
 * @param headers texts of the files that it includes, by name
 */
record KernelSources(String main, Map<String, String> headers) {
    static final String MAIN = "kernels.cu";

    private static final String RESOURCES = "/io/github/cloze4j/kernel/cuda/";

    private static final String[] HEADERS = {
        "adamw.cu",
        "attention.cu",
        "common.cuh",
        "cross_entropy.cu",
        "elementwise.cu",
        "embedding.cu",
        "layer_norm.cu",
        "losses.cu",
        "muon.cu"
    };

    /** Those among the resources. */
    static KernelSources read() {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : HEADERS) {
            headers.put(name, text(name));
        }
        return new KernelSources(text(MAIN), headers);
    }

    /** A digest of all text. */
    String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(main.getBytes(StandardCharsets.UTF_8));
            headers.forEach((name, text) -> {
                digest.update((byte) 0);
                digest.update(name.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
                digest.update(text.getBytes(StandardCharsets.UTF_8));
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String text(String name) {
        try (InputStream stream = KernelSources.class.getResourceAsStream(RESOURCES + name)) {
            if (stream == null) {
                throw new BackendException("Expected " + name + " among the resources of cloze4j. Received: none. Use"
                        + " cloze4j's jar unmodified");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new BackendException(
                    "Expected to read " + name + " from cloze4j's jar. Received: " + failed + ". Use an intact jar",
                    failed);
        }
    }
}
