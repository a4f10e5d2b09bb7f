package io.github.cloze4j.tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Counts the words of a stream of documents with several threads in bounded memory.
 *
 * <p>Threads take batches of documents and count each for itself. Only where a segment of the stream ends are their counts
 * put together and, where there are too many words, the rare ones dropped: what is dropped depends on the documents and
 * their order, not on the threads.
 */
final class WordCounter {
    /** The tokenizer makes longer words [UNK], whatever the vocabulary. In code points. */
    private static final int LONGEST_WORD = 100;

    private final BasicTokenizer tokenizer;
    private final int threads;
    private final Bounds bounds;

    /**
     * How much is held at a time.
     *
     * @param distinctWords above this number at the end of a segment, the more frequent half of it is kept
     * @param segmentLength UTF-16 units after which a segment ends, with the document that reaches them
     * @param batchLength UTF-16 units, likewise, that a thread takes at a time; has no influence on the counts
     */
    record Bounds(int distinctWords, long segmentLength, long batchLength) {
        /** Enough for all words of most corpora; learning from as many takes about a gigabyte. */
        static final Bounds DEFAULT = new Bounds(1 << 21, 1 << 24, 1 << 16);
    }

    WordCounter(BasicTokenizer tokenizer, int threads, Bounds bounds) {
        this.tokenizer = tokenizer;
        this.threads = threads;
        this.bounds = bounds;
    }

    /** Counts all words of at most 100 code points. */
    WordCounts count(Iterator<String> documents) {
        Batches batches = new Batches(documents, bounds);
        ExecutorService workers = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "word-counter");
            thread.setDaemon(true);
            return thread;
        });
        try {
            WordCounts all = new WordCounts();
            while (batches.startSegment()) {
                Interrupts.require("count all words");
                Callable<WordCounts> count = () -> countSegment(batches);
                for (Future<WordCounts> counted : workers.invokeAll(Collections.nCopies(threads, count))) {
                    all.addAll(counted.get());
                }
                if (all.size() > bounds.distinctWords()) {
                    all = all.mostFrequent(bounds.distinctWords() / 2);
                }
            }
            return all;
        } catch (ExecutionException e) {
            throw unwrapped(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Interrupts.exception("count all words");
        } finally {
            workers.shutdownNow();
        }
    }

    private WordCounts countSegment(Batches batches) {
        WordCounts counts = new WordCounts();
        for (List<String> batch = batches.next(); !batch.isEmpty(); batch = batches.next()) {
            for (String document : batch) {
                tokenizer.forEachWord(document, (units, from, to) -> {
                    // A code point has one unit or two.
                    if (to - from <= LONGEST_WORD || Character.codePointCount(units, from, to - from) <= LONGEST_WORD) {
                        counts.add(units, from, to);
                    }
                });
            }
        }
        return counts;
    }

    private static RuntimeException unwrapped(ExecutionException failure) {
        Throwable cause = failure.getCause();
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(cause);
    }

    /** The documents as batches, which threads take in turn. */
    private static final class Batches {
        private final Iterator<String> documents;
        private final Bounds bounds;
        private long segmentLeft;

        Batches(Iterator<String> documents, Bounds bounds) {
            this.documents = documents;
            this.bounds = bounds;
        }

        /** Whether there is another segment. */
        synchronized boolean startSegment() {
            segmentLeft = bounds.segmentLength();
            return documents.hasNext();
        }

        /** The segment's next documents; none at its end. */
        synchronized List<String> next() {
            List<String> batch = new ArrayList<>();
            for (long left = bounds.batchLength(); left > 0 && segmentLeft > 0 && documents.hasNext(); ) {
                String document = documents.next();
                batch.add(document);
                left -= document.length();
                segmentLeft -= document.length();
            }
            return batch;
        }
    }
}
