package io.github.cloze4j.data.shards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The content of a directory of token shards. Written last, so that its presence means that the directory is complete.
 *
 * @param version of the format
 * @param tokenizer that made the ids
 * @param documents how many
 * @param tokens in all documents
 * @param unknownId the id of the token that stands for words which the vocabulary cannot spell
 * @param unknownTokens how often it occurs in all documents
 * @param sentenceBreaks places inside documents where a sentence ends and another begins
 * @param tokenBytes width of a token id in the files: 2 or 4
 * @param fileBytes length of every file but the last of its kind
 * @param tokenCrc32c checksums of the blocks of the token files
 * @param offsetCrc32c checksums of the blocks of the document offset files
 * @param sentenceCrc32c checksums of the blocks of the files of sentence breaks
 * @param crc32c of the manifest's text with 0 in this place
 */
record ShardManifest(
        int version,
        TokenizerIdentity tokenizer,
        long documents,
        long tokens,
        int unknownId,
        long unknownTokens,
        long sentenceBreaks,
        int tokenBytes,
        int fileBytes,
        List<Long> tokenCrc32c,
        List<Long> offsetCrc32c,
        List<Long> sentenceCrc32c,
        long crc32c) {
    static final String NAME = "manifest.json";
    static final int VERSION = 4;

    /** Enough for 700 gigabytes of shards; a damaged manifest must not fill the memory. */
    private static final int MAXIMUM_LENGTH = 1 << 25;

    private static final int LARGEST_SHORT_VOCABULARY = 1 << Short.SIZE;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    ShardManifest {
        requireFileBytes(fileBytes);
        if (documents < 0
                || documents == Long.MAX_VALUE
                || tokens < 0
                || unknownTokens < 0
                || unknownTokens > tokens
                || sentenceBreaks < 0
                || tokenBytes != tokenBytes(tokenizer.vocabularySize())) {
            throw new IllegalArgumentException("expected counts from 0 and a token width that fits the vocabulary,"
                    + " received " + documents + " documents, " + tokens + " tokens, " + unknownTokens + " unknown, "
                    + sentenceBreaks
                    + " sentence breaks, width " + tokenBytes);
        }
        tokenCrc32c = List.copyOf(tokenCrc32c);
        offsetCrc32c = List.copyOf(offsetCrc32c);
        sentenceCrc32c = List.copyOf(sentenceCrc32c);
    }

    static void requireFileBytes(int fileBytes) {
        if (fileBytes < Long.BYTES || fileBytes % Long.BYTES != 0) {
            throw new IllegalArgumentException(
                    "Expected a file length that is a positive multiple of 8. Received: " + fileBytes);
        }
    }

    /** The width of an id in bytes. */
    static int tokenBytes(int vocabularySize) {
        return vocabularySize <= LARGEST_SHORT_VOCABULARY ? Short.BYTES : Integer.BYTES;
    }

    /** The text, with its checksum. */
    byte[] toBytes() {
        CRC32C checksum = new CRC32C();
        checksum.update(with(0).json());
        return with(checksum.getValue()).json();
    }

    private ShardManifest with(long newCrc32c) {
        return new ShardManifest(
                version,
                tokenizer,
                documents,
                tokens,
                unknownId,
                unknownTokens,
                sentenceBreaks,
                tokenBytes,
                fileBytes,
                tokenCrc32c,
                offsetCrc32c,
                sentenceCrc32c,
                newCrc32c);
    }

    private byte[] json() {
        try {
            return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A record of numbers, text and lists can be written", e);
        }
    }

    /** Reads a manifest; {@link IOException} where it is not exactly what {@link #toBytes} makes. */
    static ShardManifest read(Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        byte[] bytes;
        JsonNode fields;
        try {
            bytes = BoundedFiles.readBytes(path, MAXIMUM_LENGTH);
            // First, since other versions have other fields.
            fields = StrictJson.parseTree(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IOException("expected a readable " + NAME + ", received " + BoundedFiles.describe(e), e);
        }
        int version = fields.path("version").asInt();
        if (version != VERSION) {
            throw new IOException("expected version " + VERSION + " in " + NAME + ", received " + version);
        }
        ShardManifest manifest = of(fields);
        if (!Arrays.equals(bytes, manifest.toBytes())) {
            throw new IOException("expected " + NAME + " as it was written, received one that was changed");
        }
        return manifest;
    }

    private static ShardManifest of(JsonNode fields) throws IOException {
        try {
            return JSON.treeToValue(fields, ShardManifest.class);
        } catch (JsonProcessingException e) {
            throw new IOException("expected the fields of version " + VERSION + " in " + NAME + ", received others", e);
        }
    }
}
