package io.github.cloze4j.data.shards;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.SentenceEnds;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.files.BoundedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tokenized documents in a memory-mapped directory, so that a corpus of any size costs no heap. Immutable and thread-safe.
 *
 * <p>The directory holds {@code tokens-*.bin} (all ids one after another, little-endian, 16 bits where the vocabulary fits
 * and 32 otherwise), {@code offsets-*.bin} (64 bits each: where documents begin, and the end), {@code sentences-*.bin} (64
 * bits each: where, inside a document, a sentence ends and another begins; no file where there is no such place) and {@code
 * manifest.json}.
 */
public final class TokenShards implements TokenDocuments, AutoCloseable {
    private final Path directory;
    private final ShardManifest manifest;
    /** Null once closed: Java unmaps files when nothing refers to them any more. */
    private volatile @Nullable Mapped mapped;

    private record Mapped(NumberFiles tokens, NumberFiles offsets, NumberFiles sentences) {}

    private TokenShards(Path directory, ShardManifest manifest, Mapped mapped) {
        this.directory = directory;
        this.manifest = manifest;
        this.mapped = mapped;
    }

    /**
     * Opens a directory that {@link TokenShardWriter} has written, such as {@code train} of prepared data. Compares the manifest
     * with its checksum and the length of every file with the manifest. The content of the files is not read yet: a method that
     * reads documents compares each block of {@value NumberFilesWriter#BLOCK_BYTES} bytes with its checksum when it first
     * reads from it, and throws a {@link CheckpointFormatException} if the block is damaged. So no number that differs from
     * what was written is ever returned, and damage to a part that nobody reads is not noticed.
     *
     * @throws CheckpointFormatException if anything is absent, damaged or foreign
     */
    public static TokenShards open(Path directory) {
        try {
            ShardManifest manifest = ShardManifest.read(directory);
            NumberFiles tokens = NumberFiles.open(
                    directory,
                    TokenShardWriter.TOKENS,
                    manifest.tokenBytes(),
                    manifest.fileBytes(),
                    manifest.tokens(),
                    manifest.tokenCrc32c());
            NumberFiles offsets = NumberFiles.open(
                    directory,
                    TokenShardWriter.OFFSETS,
                    Long.BYTES,
                    manifest.fileBytes(),
                    manifest.documents() + 1,
                    manifest.offsetCrc32c());
            NumberFiles sentences = NumberFiles.open(
                    directory,
                    TokenShardWriter.SENTENCES,
                    Long.BYTES,
                    manifest.fileBytes(),
                    manifest.sentenceBreaks(),
                    manifest.sentenceCrc32c());
            if (offsets.get(0) != 0 || offsets.get(manifest.documents()) != manifest.tokens()) {
                throw new IOException("expected document offsets from 0 to " + manifest.tokens() + ", received "
                        + offsets.get(0) + " to " + offsets.get(manifest.documents()));
            }
            return new TokenShards(directory, manifest, new Mapped(tokens, offsets, sentences));
        } catch (IOException e) {
            throw new CheckpointFormatException(
                    directory + ": Expected complete token shards. Received: "
                            + BoundedFiles.describe(e)
                            + ". " + remedy(directory),
                    e);
        }
    }

    private static String remedy(Path directory) {
        boolean holdsParts =
                Files.exists(directory.resolve(DataPreparation.TRAINING).resolve(ShardManifest.NAME));
        return holdsParts
                ? "Open its " + DataPreparation.TRAINING + " or its " + DataPreparation.VALIDATION
                : "Prepare the data again";
    }

    /**
     * Reads documents. If their files have been truncated since they were opened, reading gives zeros and, now or a moment later,
     * an {@link InternalError} of Java's; so a failure is compared with the lengths of the files.
     */
    @Override
    public <T> T reading(Supplier<T> read) {
        try {
            return read.get();
        } catch (InternalError | RuntimeException e) {
            requireWhole(e);
            throw e;
        }
    }

    private void requireWhole(Throwable failure) {
        Mapped open = mapped;
        if (open == null) {
            return;
        }
        Optional<String> loss = open.tokens()
                .loss()
                .or(() -> open.offsets().loss())
                .or(() -> open.sentences().loss());
        if (loss.isPresent()) {
            throw new CheckpointFormatException(
                    loss.get() + ". It was truncated while it was read: prepare the data again", failure);
        }
    }

    @Override
    public long count() {
        return manifest.documents();
    }

    /** Tokens in all documents. */
    public long tokens() {
        return manifest.tokens();
    }

    @Override
    public int length(long document) {
        Objects.checkIndex(document, manifest.documents());
        NumberFiles offsets = mapped().offsets();
        long begin = offsets.get(document);
        long end = offsets.get(document + 1);
        if (begin < 0 || end < begin || end - begin > Integer.MAX_VALUE || end > manifest.tokens()) {
            throw damaged("ascending document offsets from 0 to " + manifest.tokens(), begin + " and " + end);
        }
        return (int) (end - begin);
    }

    @Override
    public void copy(long document, int from, int[] target, int at, int count) {
        Objects.checkFromIndexSize(from, count, length(document));
        Objects.checkFromIndexSize(at, count, target.length);
        Mapped open = mapped();
        open.tokens().copy(open.offsets().get(document) + from, target, at, count);
        for (int i = at; i < at + count; i++) {
            if (target[i] < 0 || target[i] >= manifest.tokenizer().vocabularySize()) {
                throw damaged(
                        "token ids in [0, " + manifest.tokenizer().vocabularySize() + ")",
                        target[i] + " in document " + document);
            }
        }
    }

    @Override
    public SentenceEnds sentenceEnds(long document) {
        int length = length(document);
        if (length == 0) {
            return SentenceEnds.of();
        }
        Mapped open = mapped();
        long begin = open.offsets().get(document);
        long first = firstBreakFrom(begin + 1);
        long breaks = firstBreakFrom(begin + length) - first;
        if (breaks < 0 || breaks >= length) {
            throw damaged("fewer than " + length + " breaks of sentences in document " + document, "" + breaks);
        }
        return new MappedEnds(open.sentences(), begin, length, first, (int) breaks + 1);
    }

    private CheckpointFormatException damaged(String expected, String received) {
        return new CheckpointFormatException(
                directory + ": Expected " + expected + ". Received: " + received + ". Prepare the data again");
    }

    /** The document's breaks, from the {@code first} of all on, and its own end. */
    private final class MappedEnds implements SentenceEnds {
        private final NumberFiles breaks;
        private final long begin;
        private final int length;
        private final long first;
        private final int count;

        MappedEnds(NumberFiles breaks, long begin, int length, long first, int count) {
            this.breaks = breaks;
            this.begin = begin;
            this.length = length;
            this.first = first;
            this.count = count;
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public int get(int sentence) {
            Objects.checkIndex(sentence, count);
            long previous = sentence == 0 ? 0 : breaks.get(first + sentence - 1) - begin;
            long end = sentence + 1 == count ? length : breaks.get(first + sentence) - begin;
            if (previous < 0 || end <= previous || end > length) {
                throw damaged("ascending ends of sentences up to " + length, previous + " and " + end);
            }
            return (int) end;
        }
    }

    /** The first break that is at the token or behind it, among all; their number where none is. */
    private long firstBreakFrom(long token) {
        NumberFiles sentences = mapped().sentences();
        long low = 0;
        long high = manifest.sentenceBreaks();
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (sentences.get(middle) < token) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Of the unknown token the share is read from the manifest; for any other id all documents are read. */
    @Override
    public double share(int id) {
        if (id == manifest.unknownId() && manifest.tokens() > 0) {
            return (double) manifest.unknownTokens() / manifest.tokens();
        }
        return TokenDocuments.super.share(id);
    }

    /** That of the manifest, which has the checksums of all files. */
    @Override
    public long checksum() {
        return manifest.crc32c();
    }

    @Override
    public int vocabularySize() {
        return manifest.tokenizer().vocabularySize();
    }

    /** Which tokenizer made the documents. */
    public TokenizerIdentity tokenizer() {
        return manifest.tokenizer();
    }

    /** @throws CorpusException if another tokenizer made the documents */
    public void requireTokenizer(TokenizerIdentity expected) {
        TokenizerIdentity received = tokenizer();
        if (!received.equals(expected)) {
            throw new CorpusException(directory + ": Expected documents of the tokenizer in use, which has "
                    + expected.differenceFrom(received) + ". Received: documents of one with "
                    + received.differenceFrom(expected)
                    + ". Prepare the data with this tokenizer, or use the one that it was prepared with");
        }
    }

    /** Forgets the files; they are unmapped when Java next collects garbage. Documents cannot be read any more. */
    @Override
    public void close() {
        mapped = null;
    }

    private Mapped mapped() {
        Mapped open = mapped;
        if (open == null) {
            throw new IllegalStateException(directory + ": Expected open token shards. Received: closed ones");
        }
        return open;
    }
}
