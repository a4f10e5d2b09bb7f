package io.github.cloze4j.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The list of a checkpoint's files with their SHA-256 sums; written last, so that its presence means completeness. */
final class CheckpointManifest {
    static final String NAME = "manifest.json";

    private static final long VERSION = 1;
    /** Hundreds of times what a manifest has; a damaged one must not fill the memory. */
    private static final int MAXIMUM_LENGTH = 1 << 20;

    private CheckpointManifest() {}

    static void write(Path directory, long step, List<String> files) throws IOException {
        Map<String, String> sums = sums(directory, files);
        AtomicFiles.write(directory.resolve(NAME), StrictJson.writeObject(true, generator -> {
            generator.writeNumberField("version", VERSION);
            generator.writeNumberField("step", step);
            generator.writeObjectFieldStart("sha256");
            StrictJson.writeStrings(generator, sums);
            generator.writeEndObject();
        }));
    }

    /** Compares every file with its sum; {@link IOException} says what differs. */
    static void verify(Path directory, long step, List<String> files) throws IOException {
        Path path = directory.resolve(NAME);
        Map<String, String> expected;
        try {
            ByteBuffer text = ByteBuffer.wrap(BoundedFiles.readBytes(path, MAXIMUM_LENGTH));
            expected = StrictJson.readObject(text, parser -> read(parser, step));
        } catch (IOException e) {
            throw new IOException(NAME + ": " + BoundedFiles.describe(e), e);
        }
        Map<String, String> received = sums(directory, files);
        List<String> differences = new ArrayList<>();
        if (!expected.keySet().equals(received.keySet())) {
            throw new IOException(
                    "expected " + NAME + " to list " + received.keySet() + ", received " + expected.keySet());
        }
        received.forEach((file, sum) -> {
            String stated = expected.get(file);
            if (!sum.equals(stated)) {
                differences.add(file + ": expected the SHA-256 sum " + stated + " of " + NAME + ", received " + sum);
            }
        });
        if (!differences.isEmpty()) {
            throw new IOException(String.join("; ", differences));
        }
    }

    private static Map<String, String> read(JsonParser parser, long step) throws IOException {
        expectNumber(parser, "version", VERSION);
        expectNumber(parser, "step", step);
        expectField(parser, "sha256");
        StrictJson.expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
        Map<String, String> sums = StrictJson.readStrings(parser);
        parser.nextToken();
        return sums;
    }

    private static void expectNumber(JsonParser parser, String field, long expected) throws IOException {
        expectField(parser, field);
        parser.nextToken();
        long received = StrictJson.currentCount(parser);
        if (received != expected) {
            throw StrictJson.failure(parser, "expected " + field + " " + expected + ", received " + received);
        }
    }

    private static void expectField(JsonParser parser, String field) throws IOException {
        StrictJson.expect(parser, parser.nextToken(), JsonToken.FIELD_NAME);
        if (!field.equals(parser.currentName())) {
            throw StrictJson.failure(parser, "expected " + field + ", received " + parser.currentName());
        }
    }

    private static Map<String, String> sums(Path directory, List<String> files) throws IOException {
        Map<String, String> sums = new TreeMap<>();
        for (String file : files) {
            try {
                sums.put(file, sum(directory.resolve(file)));
            } catch (NoSuchFileException absent) {
                throw new IOException(file + ": expected the file, received none", absent);
            }
        }
        return sums;
    }

    private static String sum(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        byte[] chunk = new byte[1 << 20];
        try (DigestInputStream input = new DigestInputStream(Files.newInputStream(file), digest)) {
            while (input.read(chunk) >= 0) {
                // Reading feeds the digest.
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
