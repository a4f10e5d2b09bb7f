package io.github.cloze4j.data.shards;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.data.SentenceEnds;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.FileProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a directory that {@link TokenShards} opens, document after document, in constant memory. The manifest comes last:
 * a directory that {@link #finish} did not complete is refused. Not thread-safe.
 */
public final class TokenShardWriter implements AutoCloseable {
    static final String TOKENS = "tokens";
    static final String OFFSETS = "offsets";
    static final String SENTENCES = "sentences";

    /** Below the 2 GiB that Java can map at once. */
    private static final int DEFAULT_FILE_BYTES = 1 << 30;

    private final Path directory;
    private final TokenizerIdentity tokenizer;
    private final int unknownId;
    private final int fileBytes;
    private final NumberFilesWriter tokenFiles;
    private final NumberFilesWriter offsetFiles;
    private final NumberFilesWriter sentenceFiles;
    private long documents;
    private long tokens;
    private long unknownTokens;
    private long sentenceBreaks;

    /**
     * Begins to write.
     *
     * @param directory exists and is empty
     * @param tokenizer that makes the ids
     * @param unknownId the id of the unknown token, which is counted
     * @throws Cloze4jException if the directory cannot be written
     */
    public TokenShardWriter(Path directory, TokenizerIdentity tokenizer, int unknownId) {
        this(directory, tokenizer, unknownId, DEFAULT_FILE_BYTES);
    }

    TokenShardWriter(Path directory, TokenizerIdentity tokenizer, int unknownId, int fileBytes) {
        ShardManifest.requireFileBytes(fileBytes);
        this.directory = directory;
        this.tokenizer = tokenizer;
        this.unknownId = unknownId;
        this.fileBytes = fileBytes;
        tokenFiles = new NumberFilesWriter(
                directory, TOKENS, ShardManifest.tokenBytes(tokenizer.vocabularySize()), fileBytes);
        offsetFiles = new NumberFilesWriter(directory, OFFSETS, Long.BYTES, fileBytes);
        sentenceFiles = new NumberFilesWriter(directory, SENTENCES, Long.BYTES, fileBytes);
        run(() -> offsetFiles.add(0));
    }

    /**
     * Adds a document.
     *
     * @param sentenceEnds such as {@link SentenceEnds} has them
     * @throws IllegalArgumentException if an id lies outside the vocabulary, or the ends are not of such a document
     */
    public void add(int[] document, int[] sentenceEnds) {
        for (int id : document) {
            if (id < 0 || id >= tokenizer.vocabularySize()) {
                throw new IllegalArgumentException("Expected token ids in [0, " + tokenizer.vocabularySize()
                        + "). Received: " + id + ". Give the size of the tokenizer's own vocabulary");
            }
        }
        requireEnds(sentenceEnds, document.length);
        run(() -> {
            for (int id : document) {
                tokenFiles.add(id);
                unknownTokens += id == unknownId ? 1 : 0;
            }
            for (int i = 0; i + 1 < sentenceEnds.length; i++) {
                sentenceFiles.add(tokens + sentenceEnds[i]);
                sentenceBreaks++;
            }
            tokens += document.length;
            documents++;
            offsetFiles.add(tokens);
        });
    }

    private static void requireEnds(int[] sentenceEnds, int length) {
        int previous = 0;
        boolean ascending = true;
        for (int end : sentenceEnds) {
            ascending &= end > previous;
            previous = end;
        }
        if (!ascending || previous != length) {
            throw new IllegalArgumentException(
                    "Expected ascending ends of sentences, the last at the document's length " + length + ". Received: "
                            + Arrays.toString(sentenceEnds));
        }
    }

    /** Documents added so far. */
    public long documents() {
        return documents;
    }

    /** Tokens added so far. */
    public long tokens() {
        return tokens;
    }

    /** Unknown tokens added so far. */
    public long unknownTokens() {
        return unknownTokens;
    }

    /** Completes the directory and brings it to the disk; nothing can be added any more. */
    public void finish() {
        run(() -> {
            List<Long> tokenChecksums = tokenFiles.finish();
            List<Long> offsetChecksums = offsetFiles.finish();
            List<Long> sentenceChecksums = sentenceFiles.finish();
            ShardManifest manifest = new ShardManifest(
                    ShardManifest.VERSION,
                    tokenizer,
                    documents,
                    tokens,
                    unknownId,
                    unknownTokens,
                    sentenceBreaks,
                    ShardManifest.tokenBytes(tokenizer.vocabularySize()),
                    fileBytes,
                    tokenChecksums,
                    offsetChecksums,
                    sentenceChecksums,
                    0);
            AtomicFiles.write(directory.resolve(ShardManifest.NAME), manifest.toBytes());
        });
    }

    /** Releases the files; without {@link #finish} they are no data set. */
    @Override
    public void close() {
        run(() -> {
            try (offsetFiles;
                    sentenceFiles) {
                tokenFiles.close();
            }
        });
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void run(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new Cloze4jException(
                    directory + ": Expected to write token shards. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }
}
