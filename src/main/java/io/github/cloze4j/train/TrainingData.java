package io.github.cloze4j.train;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.SpecialTokens;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.tokenizer.Vocabulary;
import org.jspecify.annotations.Nullable;

/**
 * What a run reads.
 *
 * @param training documents to learn from
 * @param validation documents to be scored on, or null for none
 * @param vocabulary that both were made with
 * @param workers threads that build batches ahead; 0 builds them on the training thread
 */
public record TrainingData(
        TokenDocuments training, @Nullable TokenDocuments validation, Vocabulary vocabulary, int workers) {

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
