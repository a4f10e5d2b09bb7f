package io.github.cloze4j.data.shards;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.DocumentSplit;
import io.github.cloze4j.data.JoinedSentences;
import io.github.cloze4j.files.DirectoryReplacement;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Turns documents into token shards, {@code train} and {@code validation} in one directory. Documents keep their order, so
 * that the files are the same for any number of threads; memory does not grow with the corpus. Each line of a document is a
 * sentence: a document's tokens are those of its lines, one after the other. Immutable and thread-safe, if the tokenizer is.
 *
 * @param tokenizer from a line of text to ids without special tokens; called by several threads
 * @param identity which tokenizer it is; the data keep it
 * @param unknownId the id of unknown tokens, which are counted
 * @param threads that tokenize, from 1 to 4096
 * @param split says which documents are for validation
 */
public record DataPreparation(
        Function<String, int[]> tokenizer,
        TokenizerIdentity identity,
        int unknownId,
        int threads,
        DocumentSplit split) {
    /** The part of the output for training. */
    public static final String TRAINING = "train";

    /** The part of the output for validation. */
    public static final String VALIDATION = "validation";

    private static final int MAXIMUM_THREADS = 4096;
    private static final int CHUNK_CHARACTERS = 1 << 16;
    private static final int CHUNKS_AHEAD_PER_THREAD = 4;
    private static final double NANOS = 1e9;

    /** Checks the ranges. */
    public DataPreparation {
        if (threads < 1 || threads > MAXIMUM_THREADS) {
            throw new IllegalArgumentException(
                    "Expected from 1 to " + MAXIMUM_THREADS + " threads. Received: " + threads);
        }
    }

    /** A preparation with a tokenizer. */
    public static DataPreparation of(BertTokenizer tokenizer, int threads, DocumentSplit split) {
        return new DataPreparation(
                tokenizer::ids,
                TokenizerIdentity.of(tokenizer),
                tokenizer.vocabulary().unkId(),
                threads,
                split);
    }

    private record TokenizedDocument(JoinedSentences sentences, boolean validation) {}

    /**
     * Writes the data. It takes the output's place when it is complete and on the disk; until then, and if anything fails,
     * the output is as it was. Should the machine fail between the two renames of that moment, the old data stands beside
     * the output under a name that ends in {@code .old}.
     *
     * @param documents read once, on the calling thread; not closed
     * @param output does not exist, is an empty directory, or holds data of an earlier preparation, which is replaced
     * @throws CorpusException if no document is left for training
     * @throws IllegalArgumentException if something else stands at the output
     * @throws Cloze4jException if the output cannot be written, or the thread is interrupted, which it still is afterwards
     */
    public PreparationSummary prepare(Stream<String> documents, Path output) {
        return prepare(sink -> tokenize(documents.iterator(), split::isValidation, sink), output);
    }

    /**
     * As {@link #prepare(Stream, Path)}, with documents for validation of their own in the place of the split.
     *
     * @param training read once, on the calling thread; not closed
     * @param validation likewise
     * @param output does not exist, is an empty directory, or holds data of an earlier preparation, which is replaced
     */
    public PreparationSummary prepare(Stream<String> training, Stream<String> validation, Path output) {
        return prepare(
                sink -> {
                    tokenize(training.iterator(), document -> false, sink);
                    tokenize(validation.iterator(), document -> true, sink);
                },
                output);
    }

    private PreparationSummary prepare(Consumer<Sink> source, Path output) {
        requireReplaceable(output);
        long start = System.nanoTime();
        try (DirectoryReplacement replacement = new DirectoryReplacement(output)) {
            try (TokenShardWriter training = writer(replacement, TRAINING);
                    TokenShardWriter validation = writer(replacement, VALIDATION)) {
                Sink sink = new Sink(training, validation);
                source.accept(sink);
                sink.requireTraining();
                training.finish();
                validation.finish();
                replacement.commit();
                return sink.summary((System.nanoTime() - start) / NANOS);
            }
        }
    }

    private static void requireReplaceable(Path output) {
        if (!Files.exists(output)) {
            return;
        }
        try (Stream<Path> found = Files.list(output)) {
            if (!found.allMatch(DataPreparation::isPrepared)) {
                throw new IllegalArgumentException("Expected a new or empty directory, or prepared data to replace."
                        + " Received: " + output + ", which holds something else. Choose another directory");
            }
        } catch (IOException e) {
            throw new Cloze4jException(
                    output + ": Expected a directory that can be listed. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }

    private static boolean isPrepared(Path part) {
        String name = part.getFileName().toString();
        return (name.equals(TRAINING) || name.equals(VALIDATION)) && Files.exists(part.resolve(ShardManifest.NAME));
    }

    private TokenShardWriter writer(DirectoryReplacement replacement, String part) {
        Path directory = replacement.temporary().resolve(part);
        try {
            Files.createDirectory(directory);
        } catch (IOException e) {
            throw new Cloze4jException(
                    directory + ": Expected to make the directory. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
        return new TokenShardWriter(directory, identity, unknownId);
    }

    private void tokenize(Iterator<String> documents, Predicate<String> isValidation, Sink sink) {
        ExecutorService pool = Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "cloze4j-tokenize");
            thread.setDaemon(true);
            return thread;
        });
        try {
            ArrayDeque<Future<List<TokenizedDocument>>> inOrder = new ArrayDeque<>();
            while (documents.hasNext()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw interrupted();
                }
                List<String> chunk = nextChunk(documents);
                inOrder.add(pool.submit(() -> tokenize(chunk, isValidation)));
                if (inOrder.size() > threads * CHUNKS_AHEAD_PER_THREAD) {
                    sink.add(result(inOrder.remove()));
                }
            }
            while (!inOrder.isEmpty()) {
                sink.add(result(inOrder.remove()));
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static List<String> nextChunk(Iterator<String> documents) {
        List<String> chunk = new ArrayList<>();
        int characters = 0;
        while (characters < CHUNK_CHARACTERS && documents.hasNext()) {
            String document = documents.next();
            chunk.add(document);
            // One more, so that empty documents cannot fill the memory.
            characters += document.length() + 1;
        }
        return chunk;
    }

    private List<TokenizedDocument> tokenize(List<String> chunk, Predicate<String> isValidation) {
        List<TokenizedDocument> tokenized = new ArrayList<>(chunk.size());
        for (String document : chunk) {
            List<int[]> lines = document.lines().map(tokenizer).toList();
            tokenized.add(new TokenizedDocument(JoinedSentences.of(lines), isValidation.test(document)));
        }
        return tokenized;
    }

    private static List<TokenizedDocument> result(Future<List<TokenizedDocument>> chunk) {
        try {
            return chunk.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException("A tokenizer throws no checked exception", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
    }

    private static Cloze4jException interrupted() {
        return new Cloze4jException(
                "Expected to prepare all documents. Received: an interrupt of the thread. Run again");
    }

    /** Hands documents to the writer of their side and counts. */
    private static final class Sink {
        private final TokenShardWriter training;
        private final TokenShardWriter validation;
        private long empty;

        Sink(TokenShardWriter training, TokenShardWriter validation) {
            this.training = training;
            this.validation = validation;
        }

        void add(List<TokenizedDocument> documents) {
            for (TokenizedDocument document : documents) {
                JoinedSentences sentences = document.sentences();
                if (sentences.ids().length == 0) {
                    empty++;
                } else {
                    (document.validation() ? validation : training).add(sentences.ids(), sentences.ends());
                }
            }
        }

        void requireTraining() {
            if (training.documents() == 0) {
                throw new CorpusException("Expected documents to train on. Received: none, with "
                        + validation.documents() + " for validation and " + empty
                        + " without a token. Add text or lower the validation fraction");
            }
        }

        PreparationSummary summary(double seconds) {
            return new PreparationSummary(
                    training.documents(),
                    validation.documents(),
                    empty,
                    training.tokens(),
                    validation.tokens(),
                    training.unknownTokens() + validation.unknownTokens(),
                    seconds);
        }
    }
}
