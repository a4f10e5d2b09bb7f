package io.github.cloze4j.train;

import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.SpecialTokens;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.TokenMasking;
import org.jspecify.annotations.Nullable;

/**
 * What a run reads.
 *
 * @param training documents to learn from
 * @param validation documents to be scored on, or null for none
 * @param specialTokens of the vocabulary
 * @param workers threads that build batches ahead; 0 builds them on the training thread
 */
public record TrainingData(
        TokenDocuments training, @Nullable TokenDocuments validation, SpecialTokens specialTokens, int workers) {

    BatchStream batches(TrainingConfig config, BatchCursor start) {
        BatchConfig batches = new BatchConfig(
                config.batchSize(),
                config.seqLen(),
                training.vocabularySize(),
                specialTokens,
                new TokenMasking(config.maskProbability(), specialTokens),
                config.seed(),
                workers);
        return new BatchStream(training, batches, start);
    }

    @Nullable
    EvaluationBatches evaluation(TrainingConfig config) {
        return validation == null
                ? null
                : Evaluator.batches(
                        validation, specialTokens, config.batchSize(), config.seqLen(), Evaluator.DEFAULT_SEED);
    }
}
