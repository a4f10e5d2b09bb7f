package io.github.cloze4j.train;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.function.IntFunction;

/**
 * The memory that a model takes where its kernels compute, at one batch size. It is found by the layouts that are allocated
 * later, before anything is. All in bytes.
 *
 * @param batchSize rows of a batch
 * @param parameters values of the model
 * @param gradients of the parameters; 0 if nothing is trained
 * @param moments of the optimizer; 0 if nothing is trained
 * @param activations of a batch
 * @param scratch memory that the kernels need beside arrays; 0 if they do not plan it
 */
public record MemoryPlan(int batchSize, long parameters, long gradients, long moments, long activations, long scratch) {

    /**
     * Plans a training before there is a model or data.
     *
     * @param vocabulary the masking method may depend on it; the special tokens are enough for the methods of {@link
     *     io.github.cloze4j.data.masking.Masking}
     * @throws BackendException if it does not fit, naming the largest batch that does
     */
    public static MemoryPlan ofTraining(BertMemory memory, TrainingConfig config, Vocabulary vocabulary) {
        int masked =
                config.masking().strategy(config.maskProbability(), vocabulary).maxMasked(config.seqLen());
        FreeMemory free = memory.kernels().freeMemory().whileTraining();
        return ofTraining(memory, free, 0, config, Math.max(masked, Evaluator.maxMasked(config.seqLen(), vocabulary)));
    }

    /**
     * Plans a training of a model that exists.
     *
     * @param maskedOfARow the most masked positions of a row
     * @throws BackendException if it does not fit, naming the largest batch that does
     */
    static MemoryPlan ofTraining(BertForMaskedLm model, TrainingConfig config, int maskedOfARow) {
        // By now the process has most of what it takes beside arrays.
        BertMemory memory = model.memory();
        return ofTraining(memory, memory.kernels().freeMemory(), held(model), config, maskedOfARow);
    }

    private static MemoryPlan ofTraining(
            BertMemory memory, FreeMemory free, long held, TrainingConfig config, int maskedOfARow) {
        int seqLen = config.seqLen();
        boolean recompute = config.recomputeActivations();
        long values = memory.parameterBytes();
        String more = " (accumulate for more rows a step)" + (recompute ? "" : ", or --recompute-activations");
        return requireFit(free, held, config.batchSize(), more, rows -> {
            int masked = Math.multiplyExact(rows, maskedOfARow);
            return new MemoryPlan(
                    rows,
                    values,
                    values,
                    AdamW.MOMENTS * values,
                    memory.activationBytes(rows, seqLen, masked, recompute),
                    memory.scratchBytes(rows, seqLen, masked, recompute, config.accumulate()));
        });
    }

    /**
     * Plans an {@link Evaluator} without a trainer, before there is a model or text. The activations are those of a pass,
     * which could train.
     *
     * @param vocabulary of the model; its special tokens are enough
     * @throws BackendException if it does not fit, naming the largest batch that does
     */
    public static MemoryPlan ofEvaluation(BertMemory memory, int batchSize, int seqLen, Vocabulary vocabulary) {
        int maskedOfARow = Evaluator.maxMasked(seqLen, vocabulary);
        return requireFit(memory.kernels().freeMemory(), 0, batchSize, "", rows -> {
            int masked = Math.multiplyExact(rows, maskedOfARow);
            return new MemoryPlan(
                    rows,
                    memory.parameterBytes(),
                    0,
                    0,
                    memory.activationBytes(rows, seqLen, masked, false),
                    memory.scratchBytes(rows, seqLen, masked, false, 0));
        });
    }

    /** The part of a plan that a model takes already. */
    private static long held(BertForMaskedLm model) {
        ParameterStore parameters = model.parameters();
        return parameters.values().bytes()
                + (parameters.hasGradients() ? parameters.gradients().bytes() : 0);
    }

    /**
     * @param held memory of the plan that is allocated already
     * @param more what helps beside a smaller batch
     */
    private static MemoryPlan requireFit(
            FreeMemory free, long held, int batchSize, String more, IntFunction<MemoryPlan> plans) {
        MemoryPlan plan = plans.apply(batchSize);
        long available = Math.max(0, free.bytes() + held);
        if (plan.bytes() > available) {
            throw new BackendException("Expected a model and a batch that fit into memory: needs "
                    + FreeMemory.readable(plan.bytes()) + " at batch " + batchSize + ". Received: "
                    + FreeMemory.readable(available) + " free on " + free.place() + ". "
                    + remedy(plans, batchSize, available, more));
        }
        return plan;
    }

    private static String remedy(IntFunction<MemoryPlan> plans, int batchSize, long available, String more) {
        int largest = largestThatFits(plans, batchSize, available);
        return largest == 0
                ? "Not even batch 1 fits, which needs "
                        + FreeMemory.readable(plans.apply(1).bytes())
                        + ": use a smaller model or a shorter --seq-len, or stop what else uses this memory"
                : "The largest batch that fits is " + largest + ": use --batch-size " + largest + more;
    }

    /** The largest batch that fits among those below {@code tooLarge}; 0 if none does. Memory grows with the batch. */
    private static int largestThatFits(IntFunction<MemoryPlan> plans, int tooLarge, long available) {
        int fits = 0;
        int fails = tooLarge;
        while (fails - fits > 1) {
            int middle = fits + (fails - fits) / 2;
            if (plans.apply(middle).bytes() > available) {
                fails = middle;
            } else {
                fits = middle;
            }
        }
        return fits;
    }

    /** The sum of all parts. */
    public long bytes() {
        return parameters + gradients + moments + activations + scratch;
    }

    /** The sum and its parts, for people. */
    public String describe() {
        String trained = moments == 0
                ? ""
                : ", gradients " + FreeMemory.readable(gradients) + ", moments " + FreeMemory.readable(moments);
        return FreeMemory.readable(bytes()) + " at batch " + batchSize + ": parameters "
                + FreeMemory.readable(parameters) + trained + ", activations " + FreeMemory.readable(activations)
                + (scratch == 0 ? ", the kernels' scratch not counted" : ", scratch " + FreeMemory.readable(scratch));
    }
}
