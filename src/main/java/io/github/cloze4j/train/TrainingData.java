package io.github.cloze4j.train;

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

    BatchStream batches(TrainingConfig config, BatchCursor start) {
        BatchConfig batches = new BatchConfig(
                config.batchSize(),
                config.seqLen(),
                training.vocabularySize(),
                SpecialTokens.of(vocabulary),
                config.masking().strategy(config.maskProbability(), vocabulary),
                config.seed(),
                workers);
        return new BatchStream(training, batches, start);
    }

    @Nullable
    EvaluationBatches evaluation(TrainingConfig config) {
        return validation == null
                ? null
                : Evaluator.batches(
                        validation, vocabulary, config.batchSize(), config.seqLen(), Evaluator.DEFAULT_SEED);
    }
}
