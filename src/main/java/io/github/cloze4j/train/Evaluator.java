package io.github.cloze4j.train;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.model.MlmLoss;
import io.github.cloze4j.model.MlmPass;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Scores a model on fixed masks: the same batches at every call, no dropout. Immutable; threads may share it if each has a
 * pass of its own.
 */
public final class Evaluator {
    /** Seed of the evaluation masks. Fixed, so that scores of different runs are comparable. */
    public static final long DEFAULT_SEED = 0;

    /** BERT's share of masked tokens. Fixed too, whatever share a run is trained with. */
    private static final double MASK_PROBABILITY = 0.15;

    private final Iterable<MlmBatch> batches;

    /** @param batches the same at every iteration, of the shape of the pass that is handed in later */
    public Evaluator(Iterable<MlmBatch> batches) {
        this.batches = batches;
    }

    /**
     * Batches to score on: one pass over the documents, 15 % masked.
     *
     * @param rows of a batch
     * @param seqLen tokens of a row
     * @param seed of the masks
     */
    public static EvaluationBatches batches(
            TokenDocuments documents, Vocabulary vocabulary, int rows, int seqLen, long seed) {
        return batches(documents, vocabulary, rows, seqLen, seed, Objective.MLM);
    }

    /**
     * The same with the pairs of an objective. With pairs the model reads longer texts than without, and a part of them
     * twice, so that losses can be compared under one objective only.
     */
    public static EvaluationBatches batches(
            TokenDocuments documents, Vocabulary vocabulary, int rows, int seqLen, long seed, Objective objective) {
        return new EvaluationBatches(
                documents,
                new BatchConfig(
                        rows,
                        seqLen,
                        vocabulary.size(),
                        SpecialTokens.of(vocabulary),
                        Masking.TOKEN.strategy(MASK_PROBABILITY, vocabulary),
                        TokenReplacement.BERT,
                        seed,
                        0,
                        objective));
    }

    /** The most masked positions of a row of any evaluation. */
    static int maxMasked(int seqLen, Vocabulary vocabulary) {
        return Masking.TOKEN.strategy(MASK_PROBABILITY, vocabulary).maxMasked(seqLen);
    }

    /**
     * The loss over all batches, each masked token weighing the same.
     *
     * @param pass of the model to score
     * @throws Cloze4jException if the loss is not finite, or the thread is interrupted before the last batch; it stays
     *     interrupted
     */
    public Evaluation evaluate(MlmPass pass) {
        Evaluation evaluation = evaluate(pass, Thread.currentThread()::isInterrupted);
        if (evaluation == null) {
            throw new Cloze4jException(
                    "Expected to score all batches. Received: an interrupt of the thread. Evaluate again");
        }
        if (!Double.isFinite(evaluation.mlmLoss())) {
            throw new Cloze4jException("Expected a finite loss. Received: " + evaluation.mlmLoss()
                    + ". Use a model whose training did not diverge");
        }
        return evaluation;
    }

    /** The same, or null where it was told to stop. */
    @Nullable
    Evaluation evaluate(MlmPass pass, BooleanSupplier stop) {
        MlmLoss total = MlmLoss.ZERO;
        for (MlmBatch batch : batches) {
            if (stop.getAsBoolean()) {
                return null;
            }
            total = total.plus(pass.evaluate(batch).read());
        }
        if (total.count() == 0) {
            throw new CorpusException("Expected at least one masked token to score. Received: none."
                    + " Give text of tokens that the vocabulary knows: unknown and special tokens are never masked");
        }
        return new Evaluation(
                total.mean(),
                (double) total.correct() / total.count(),
                total.count(),
                NextSentenceScore.of(total.nextSentence()));
    }
}
