package io.github.cloze4j.pretrain;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.MicroBatch;
import io.github.cloze4j.train.PassMicroBatch;
import java.util.Iterator;

/**
 * The batches that a pretrained model is scored on: one pass over held-out documents, with 15 % of their tokens masked, by masks
 * that depend on the seed only, or with every next word. So the scores of different runs can be compared. Immutable.
 */
public final class HeldOutBatches {
    /** The seed of the masks, whatever seed a run is trained with. */
    public static final long DEFAULT_SEED = 0;

    /** BERT's share of masked tokens, whatever share a run is trained with. */
    private static final double MASK_PROBABILITY = 0.15;

    /** Rows of an evaluation while a run goes on: some 20,000 masked tokens at 128 tokens a row. */
    private static final double MOST_ROWS = 1024;

    /** A row that is scored takes a third of the time of one that is trained on. */
    private static final double ROWS_TRAINED_FOR_ONE = 80;

    private final TokenDocuments documents;
    private final Objective objective;
    private final int rows;
    private final int seqLen;
    private final EvaluationBatches batches;

    /**
     * Batches of some documents.
     *
     * @param rows rows of a batch
     * @param seqLen tokens of a row
     * @param seed seed of the masks
     * @param objective the objective of the model. With pairs the model reads longer texts than without, and a part of them
     *     twice, so that losses can be compared under one objective only
     * @throws CorpusException if there is nothing to score
     */
    public HeldOutBatches(
            TokenDocuments documents, Vocabulary vocabulary, int rows, int seqLen, long seed, Objective objective) {
        this(documents, vocabulary, rows, seqLen, seed, objective, objective.addedTokens());
    }

    /** @param addedTokens the room for special tokens in each text, as {@link ObjectiveSchedule#addedTokens} says */
    HeldOutBatches(
            TokenDocuments documents,
            Vocabulary vocabulary,
            int rows,
            int seqLen,
            long seed,
            Objective objective,
            int addedTokens) {
        if (documents.count() == 0) {
            throw new CorpusException(
                    "Expected documents for validation. Received: none. Hold out a larger share of the"
                            + " corpus, or none of it");
        }
        this.documents = documents;
        this.objective = objective;
        this.rows = rows;
        this.seqLen = seqLen;
        batches = new EvaluationBatches(
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
                        objective,
                        1,
                        addedTokens));
        if (!batches.iterator().hasNext()) {
            throw new CorpusException("Expected at least one word to score. Received: none."
                    + " Give text of tokens that the vocabulary knows: " + objective.neverPredicted());
        }
    }

    /** The most masked tokens of a row of any evaluation. */
    static int maxMasked(int seqLen, Vocabulary vocabulary) {
        return Masking.TOKEN.strategy(MASK_PROBABILITY, vocabulary).maxMasked(seqLen);
    }

    /** The most targets that a batch has for each head. */
    public int[] maxTargets() {
        return batches.maxTargets();
    }

    /** All batches, the same at every iteration, for a pass of the model to score. */
    public Iterable<MicroBatch> all(TrainingPass pass) {
        return microBatches(batches, pass);
    }

    /**
     * A part of the batches, evenly spread, so that all evaluations of a run together take a small share of its time: at most
     * 1,024 rows, and at most an eightieth of the rows that the run is trained on.
     *
     * @param rowsTrained how many rows the run is trained on
     */
    Iterable<MicroBatch> sample(TrainingPass pass, double rowsTrained) {
        long tokens = 0;
        for (long document = 0; document < documents.count(); document++) {
            tokens += documents.length(document);
        }
        long allRows = tokens / seqLen + 1;
        double most = Math.min(MOST_ROWS, rowsTrained / ROWS_TRAINED_FOR_ONE);
        long stride = (long) Math.ceil(allRows / Math.max(rows, most));
        return microBatches(batches.everyNth((int) Math.min(Integer.MAX_VALUE, stride)), pass);
    }

    private Iterable<MicroBatch> microBatches(Iterable<Batch> batches, TrainingPass pass) {
        return () -> {
            Iterator<Batch> iterator = batches.iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return iterator.hasNext();
                }

                @Override
                public MicroBatch next() {
                    // Evaluations take no dropout, so that its seed does not matter.
                    return new PassMicroBatch(
                            pass, PretrainingHeads.forHeads(pass.losses(), objective, iterator.next()), 0);
                }
            };
        };
    }
}
