package io.github.cloze4j.train;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a run reads.
 *
 * <p>Thread-safe, if the documents are: runs at the same time may share it.
 *
 * @param training documents to learn from
 * @param validation documents to be scored on, or null for none
 * @param vocabulary that both were made with
 * @param workers threads that build batches ahead; 0 builds them on the training thread
 */
public record TrainingData(
        TokenDocuments training, @Nullable TokenDocuments validation, Vocabulary vocabulary, int workers) {

    /** Rows of an evaluation while a run goes on: some 20,000 masked tokens at 128 tokens a row. */
    private static final double MOST_ROWS = 1024;

    /** A row that is scored takes a third of the time of one that is trained on. */
    private static final double ROWS_TRAINED_FOR_ONE = 80;

    /** Checks that all of it was made with the one vocabulary. */
    public TrainingData {
        requireVocabulary("training", training, vocabulary);
        if (validation != null) {
            requireVocabulary("validation", validation, vocabulary);
        }
        if (workers < 0) {
            throw new IllegalArgumentException("Expected 0 workers or more. Received: " + workers);
        }
    }

    private static void requireVocabulary(String part, TokenDocuments documents, Vocabulary vocabulary) {
        if (documents.vocabularySize() != vocabulary.size()) {
            throw new IllegalArgumentException("Expected " + part + " documents made with the vocabulary of "
                    + vocabulary.size() + " tokens. Received: documents made with one of " + documents.vocabularySize()
                    + " tokens. Prepare the data with this vocabulary");
        }
    }

    BatchStream batches(TrainingConfig config, BatchCursor start) {
        BatchConfig batches = new BatchConfig(
                config.batchSize(),
                config.seqLen(),
                vocabulary.size(),
                SpecialTokens.of(vocabulary),
                config.masking().strategy(config.maskProbability(), vocabulary),
                config.tokenReplacement(),
                config.seed(),
                workers,
                config.objective());
        return new BatchStream(training, batches, start);
    }

    /**
     * What is scored while a run goes on, so that all evaluations together take a small share of its time: the same rows each
     * time.
     *
     * @param all held-out text
     */
    EvaluationBatches sample(EvaluationBatches all, TrainingConfig config) {
        TokenDocuments heldOut = Objects.requireNonNull(validation, "held-out text has batches");
        long tokens = 0;
        for (long document = 0; document < heldOut.count(); document++) {
            tokens += heldOut.length(document);
        }
        long rows = tokens / config.seqLen() + 1;
        Long steps = config.steps();
        double most = steps == null
                ? MOST_ROWS
                : Math.min(MOST_ROWS, (double) steps * config.accumulate() * config.batchSize() / ROWS_TRAINED_FOR_ONE);
        long stride = (long) Math.ceil(rows / Math.max(config.batchSize(), most));
        return all.everyNth((int) Math.min(Integer.MAX_VALUE, stride));
    }

    @Nullable
    EvaluationBatches evaluation(TrainingConfig config) {
        if (validation != null && validation.count() == 0) {
            throw new CorpusException(
                    "Expected documents for validation. Received: none. Hold out a larger share of the"
                            + " corpus, or hand in null");
        }
        return validation == null
                ? null
                : Evaluator.batches(
                        validation,
                        vocabulary,
                        config.batchSize(),
                        config.seqLen(),
                        Evaluator.DEFAULT_SEED,
                        config.objective());
    }
}
