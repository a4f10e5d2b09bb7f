package io.github.cloze4j.data;

import io.github.cloze4j.CorpusException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Training batches without end, epoch after epoch, in an order and with masks that are a pure function of (documents,
 * configuration, place); workers change nothing. A batch in which an epoch ends goes on with rows of the next epoch, so
 * that every batch is full. Without pairs every token is seen exactly once in each epoch; with pairs about once, since long
 * pairs are cut, and once more where a text was drawn to stand beside another document's. Batches in which nothing can be
 * predicted are left out.
 *
 * <p>For one consumer: not thread-safe. {@link #close}, from any thread, ends the workers.
 */
public final class BatchStream implements AutoCloseable {
    private static final long TRAINING_MASKS = 0x4d41534b;
    private static final int BATCHES_AHEAD_PER_WORKER = 2;
    private static final long MILLIS_BETWEEN_LOOKS = 100;

    private final TokenDocuments documents;
    private final BatchConfig config;
    private final RowSequence rows;
    private final BatchAssembler assembler;
    /** In the order of the sequence, though workers complete them in any. */
    private final BlockingQueue<CompletableFuture<Built>> ahead = new LinkedBlockingQueue<>();

    private final Semaphore room;
    /**
     * Threads of this class, not those of an executor: if a mapped file is truncated, Java throws an error anywhere in the thread
     * that has read it, also inside a lock of the executor, and closing the executor then waits for ever.
     */
    private final List<Thread> workers = new ArrayList<>();

    private BatchCursor cursor;
    private @Nullable RuntimeException failure;
    private volatile boolean closed;

    private double epochs;

    /** A batch, the place after it, and how often the documents were read up to there. */
    private record Built(Batch batch, BatchCursor after, double epochs) {}

    /** The rows of a batch and the same. */
    private record Plan(List<RowSequence.Row> rows, BatchCursor after, double epochs) {}

    /**
     * Opens a stream.
     *
     * @param documents stay open until this stream is closed
     * @param config of the batches
     * @param start where to begin: {@link BatchCursor#START}, or what {@link #cursor} returned of a stream over the same
     *     documents with the same configuration (workers aside)
     * @throws CorpusException if the documents hold no token, were made with a vocabulary of another size, or hold no pairs
     *     where the objective has pairs
     * @throws IllegalArgumentException if the documents have no such place
     */
    public BatchStream(TokenDocuments documents, BatchConfig config, BatchCursor start) {
        this.documents = documents;
        this.config = config;
        ExampleSource examples = examples(documents, config);
        rows = new RowSequence(new WindowPacker(examples, config, true), start);
        assembler = new BatchAssembler(documents, config, TRAINING_MASKS);
        cursor = start;
        epochs = rows.epochs();
        room = new Semaphore(config.workers() * BATCHES_AHEAD_PER_WORKER);
        for (int i = 0; i < config.workers(); i++) {
            Thread worker = new Thread(this::work, "cloze4j-batches-" + i);
            worker.setDaemon(true);
            workers.add(worker);
            worker.start();
        }
    }

    /** The examples of documents that fit the configuration and hold something. */
    static ExampleSource examples(TokenDocuments documents, BatchConfig config) {
        if (documents.vocabularySize() != config.vocabularySize()) {
            throw new CorpusException("Expected documents made with the vocabulary of " + config.vocabularySize()
                    + " tokens. Received: documents made with one of " + documents.vocabularySize()
                    + " tokens. Prepare the data with the model's vocabulary");
        }
        SegmentExamples segments = new SegmentExamples(documents, config.seqLen() - config.addedTokens());
        ExampleSource examples =
                switch (config.objective()) {
                    case MLM, CLM -> segments;
                    case PREFIX_LM -> new PrefixExamples(documents, segments, config.seed());
                    case MLM_NSP, MLM_SOP ->
                        new SentencePairs(documents, config.objective(), config.seqLen(), config.seed());
                };
        if (examples.units() == 0) {
            throw new CorpusException("Expected documents with at least one token. Received: " + documents.count()
                    + " documents without any. Check the corpus that they were prepared from");
        }
        return examples;
    }

    /**
     * The next batch, with at least one word to predict. Waits for it also on a thread that is interrupted, which stays
     * interrupted.
     *
     * @throws CorpusException if the documents hold nothing that can be predicted
     * @throws io.github.cloze4j.CheckpointFormatException if shards were truncated since they were opened
     */
    public Batch next() {
        requireOpen();
        long firstEpoch = cursor.epoch();
        while (true) {
            Built built = documents.reading(this::nextBuilt);
            if (built.batch().targets().get(0).count() > 0) {
                cursor = built.after();
                epochs = built.epochs();
                return built.batch();
            }
            if (built.after().epoch() > firstEpoch + 1) {
                throw new CorpusException(
                        "Expected documents with words to predict. Received: a whole epoch without any: "
                                + config.objective().neverPredicted()
                                + ". Check that the vocabulary suits the corpus");
            }
        }
    }

    private Built nextBuilt() {
        return config.workers() == 0 ? build(plan()) : await();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("Expected an open stream. Received: a closed one. Open another");
        }
    }

    /** The place after the batches that {@link #next} has returned. */
    public BatchCursor cursor() {
        return cursor;
    }

    /** How often the documents were read up to {@link #cursor}: 1.5 is in the middle of the second epoch. */
    public double epochs() {
        return epochs;
    }

    /** Ends the workers and waits until they are gone. */
    @Override
    public void close() {
        closed = true;
        workers.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        ahead.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            while (!closed) {
                room.acquire();
                CompletableFuture<Built> result = new CompletableFuture<>();
                try {
                    result.complete(build(planAsNextInLine(result)));
                } catch (RuntimeException | Error e) {
                    result.completeExceptionally(e);
                }
            }
        } catch (InterruptedException e) {
            // Only close() interrupts.
        }
    }

    private Plan planAsNextInLine(CompletableFuture<Built> result) {
        synchronized (rows) {
            ahead.add(result);
            return plan();
        }
    }

    private Plan plan() {
        List<RowSequence.Row> next = new ArrayList<>(config.rows());
        for (int i = 0; i < config.rows(); i++) {
            next.add(rows.next());
        }
        return new Plan(next, rows.cursor(), rows.epochs());
    }

    private Built build(Plan plan) {
        return new Built(assembler.assemble(plan.rows()), plan.after(), plan.epochs());
    }

    private Built await() {
        if (failure != null) {
            throw failure;
        }
        try {
            Built built = nextInLine().join();
            room.release();
            return built;
        } catch (CompletionException e) {
            // Batches behind a failed one would be a gap in the sequence, so that the stream stays failed.
            failure = e.getCause() instanceof RuntimeException cause ? cause : e;
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw failure;
        }
    }

    private CompletableFuture<Built> nextInLine() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    CompletableFuture<Built> next = ahead.poll(MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS);
                    if (next != null) {
                        return next;
                    }
                    // Nothing comes any more if another thread has closed the stream.
                    requireOpen();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
