package io.github.cloze4j.train;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import java.util.function.IntFunction;

/**
 * What a model takes of the memory that its kernels compute in, at one batch size: found out before anything is allocated,
 * by the layouts that are then allocated. All in bytes.
 *
 * @param batchSize rows of a batch
 * @param parameters the model's values
 * @param gradients of them; 0 where nothing is trained
 * @param moments of the optimizer; 0 where nothing is trained
 * @param activations of a batch
 * @param scratch what the kernels need beside arrays; 0 where they do not plan it
 */
public record MemoryPlan(int batchSize, long parameters, long gradients, long moments, long activations, long scratch) {

    /**
     * For a {@link Trainer}.
     *
     * @param maskedOfARow the most masked positions of a row
     * @throws BackendException if it does not fit, naming the largest batch that does
     */
    static MemoryPlan ofTraining(BertForMaskedLm model, TrainingConfig config, int maskedOfARow) {
        int seqLen = config.seqLen();
        boolean recompute = config.recomputeActivations();
        ParameterStore parameters = model.parameters();
        long values = parameters.values().bytes();
        String more = " (accumulate for more rows a step)" + (recompute ? "" : ", or --recompute-activations");
        return requireFit(model, config.batchSize(), more, rows -> {
            int masked = Math.multiplyExact(rows, maskedOfARow);
            return new MemoryPlan(
                    rows,
                    values,
                    values,
                    AdamW.bytes(parameters),
                    model.activationBytes(rows, seqLen, masked, recompute),
                    model.scratchBytes(rows, seqLen, masked, recompute, config.accumulate()));
        });
    }

    /**
     * For an {@link Evaluator} without a trainer; activations are those of a pass, which could train.
     *
     * @param maskedOfARow the most masked positions of a row
     * @throws BackendException if it does not fit, naming the largest batch that does
     */
    public static MemoryPlan ofEvaluation(BertForMaskedLm model, int batchSize, int seqLen, int maskedOfARow) {
        return requireFit(model, batchSize, "", rows -> {
            int masked = Math.multiplyExact(rows, maskedOfARow);
            return new MemoryPlan(
                    rows,
                    model.parameters().values().bytes(),
                    0,
                    0,
                    model.activationBytes(rows, seqLen, masked, false),
                    model.scratchBytes(rows, seqLen, masked, false, 0));
        });
    }

    /** @param more what helps beside a smaller batch */
    private static MemoryPlan requireFit(
            BertForMaskedLm model, int batchSize, String more, IntFunction<MemoryPlan> plans) {
        MemoryPlan plan = plans.apply(batchSize);
        ParameterStore parameters = model.parameters();
        FreeMemory free = parameters.kernels().freeMemory();
        // The model is there already, and a part of the plan.
        long held = parameters.values().bytes() * (parameters.hasGradients() ? 2 : 1);
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

    /** Of those smaller than one that does not fit; 0 where none does. Memory grows with the batch. */
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

    /** All of it. */
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
