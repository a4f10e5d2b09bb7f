package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.PassShape;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.TrainingConfig;
import java.util.Arrays;
import java.util.List;

/** The memory that pretraining and its evaluations take, found by the layouts that are allocated later. */
public final class PretrainingMemory {
    private PretrainingMemory() {}

    /**
     * Plans a pretraining before there is a model or data.
     *
     * @param vocabulary the vocabulary that the masking method may depend on; the special tokens are enough for the methods of
     *     {@link io.github.cloze4j.data.masking.Masking}
     * @throws io.github.cloze4j.BackendException if it does not fit, naming the largest batch that does
     */
    public static MemoryPlan ofTraining(
            BertMemory memory, PretrainingConfig config, TrainingConfig training, Vocabulary vocabulary) {
        int masked = maskedOfARow(config, vocabulary);
        FreeMemory free = memory.kernels().freeMemory().whileTraining();
        return MemoryPlan.requireFit(
                free,
                0,
                config.batchSize(),
                rows -> MemoryPlan.ofTraining(memory, shape(config, rows, masked), training));
    }

    /** Plans a pretraining of a model that exists, whose memory is taken already. */
    static MemoryPlan ofTraining(Bert model, PretrainingConfig config, TrainingConfig training, Vocabulary vocabulary) {
        int masked = maskedOfARow(config, vocabulary);
        return MemoryPlan.requireFit(model, training, config.batchSize(), rows -> shape(config, rows, masked));
    }

    /** The shape of the batches that are trained on and, with the same memory, scored. */
    static PassShape shape(PretrainingConfig config, Vocabulary vocabulary) {
        return shape(config, config.batchSize(), maskedOfARow(config, vocabulary));
    }

    private static PassShape shape(PretrainingConfig config, int rows, int maskedOfARow) {
        return new PassShape(
                rows,
                config.seqLen(),
                maxTargets(config.objectives().objectives(), rows, config.seqLen(), maskedOfARow),
                config.recomputeActivations());
    }

    /** The most targets of a batch for each head; an evaluation predicts every next word. */
    private static int[] maxTargets(List<Objective> objectives, int rows, int seqLen, int maskedOfARow) {
        return objectives.stream()
                .flatMapToInt(objective -> {
                    int words = objective.predictsNext() ? seqLen - 1 : maskedOfARow;
                    return Arrays.stream(objective.maxTargets(rows, seqLen, words));
                })
                .toArray();
    }

    private static int maskedOfARow(PretrainingConfig config, Vocabulary vocabulary) {
        int trained =
                config.masking().strategy(config.maskProbability(), vocabulary).maxMasked(config.seqLen());
        return Math.max(trained, HeldOutBatches.maxMasked(config.seqLen(), vocabulary));
    }

    /**
     * Plans an evaluation without a trainer, before there is a model or text.
     *
     * @param vocabulary the vocabulary of the model; its special tokens are enough
     * @throws io.github.cloze4j.BackendException if it does not fit, naming the largest batch that does
     */
    public static MemoryPlan ofEvaluation(
            BertMemory memory, int batchSize, int seqLen, Objective objective, Vocabulary vocabulary) {
        int masked = HeldOutBatches.maxMasked(seqLen, vocabulary);
        return MemoryPlan.requireFit(memory.kernels().freeMemory(), 0, batchSize, rows -> {
            PassShape shape = new PassShape(rows, seqLen, maxTargets(List.of(objective), rows, seqLen, masked), false);
            return MemoryPlan.ofEvaluation(memory, shape);
        });
    }
}
