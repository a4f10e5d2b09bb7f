package io.github.cloze4j.tokenizer.training;

import io.github.cloze4j.tokenizer.BasicTokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger LOG = LoggerFactory.getLogger(WordCounter.class);

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
        /** Enough for all words of most corpora; learning from as many takes less than a gigabyte. */
        static final Bounds DEFAULT = new Bounds(1 << 21, 1 << 24, 1 << 16);

        /** What a word takes while a vocabulary is learnt, with room to spare: 450 bytes were measured. */
        private static final long HEAP_BYTES_PER_WORD = 640;

        private static final int FEWEST_WORDS = 1 << 14;

        /**
         * The bounds that fit a heap: powers of two, so that similar heaps give the same vocabulary.
         *
         * @param heapBytes the most that Java takes for its heap
         */
        static Bounds ofHeap(long heapBytes) {
            long fitting = Math.max(FEWEST_WORDS, heapBytes / HEAP_BYTES_PER_WORD);
            int words = (int) Math.min(DEFAULT.distinctWords, Long.highestOneBit(fitting));
            return new Bounds(words, DEFAULT.segmentLength / (DEFAULT.distinctWords / words), DEFAULT.batchLength);
        }
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
            long dropped = 0;
            while (batches.startSegment()) {
                Interrupts.require("count all words");
                Callable<WordCounts> count = () -> countSegment(batches);
                for (Future<WordCounts> counted : workers.invokeAll(Collections.nCopies(threads, count))) {
                    all.addAll(counted.get());
                }
                if (all.size() > bounds.distinctWords()) {
                    WordCounts kept = all.mostFrequent(bounds.distinctWords() / 2);
                    dropped += all.occurrences() - kept.occurrences();
                    all = kept;
                }
            }
            if (dropped > 0) {
                warn(dropped, all.occurrences());
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

    private void warn(long dropped, long counted) {
        LOG.warn(
                "The text has more than {} distinct words, which are all that {}. Rare words were dropped: {} of {}"
                        + " occurrences of words ({} %). The count of a pair is too low by at most as many",
                bounds.distinctWords(),
                bounds.distinctWords() < Bounds.DEFAULT.distinctWords()
                        ? "this heap can hold (a larger -Xmx keeps more)"
                        : "are kept at a time",
                dropped,
                dropped + counted,
                String.format(Locale.ROOT, "%.2f", 100.0 * dropped / (dropped + counted)));
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
