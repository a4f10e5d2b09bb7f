package io.github.cloze4j.train;

import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.PassShape;
import java.util.function.IntFunction;

/**
 * The memory that a model takes where its kernels compute, at one batch size. It is found by the layouts that are allocated
 * later, before anything is. All in bytes.
 *
 * @param batchSize the size of a batch as its task counts it: rows, or examples of which a row holds several
 * @param parameters values of the model
 * @param gradients gradients of the trained parameters; 0 if nothing is trained
 * @param moments moments of the optimizer and the memory that it computes in; 0 if nothing is trained
 * @param best weights of the best model until now; 0 if they are not kept
 * @param activations activations of a batch
 * @param scratch memory that the kernels need beside arrays; 0 if they do not plan it
 */
public record MemoryPlan(
        int batchSize, long parameters, long gradients, long moments, long best, long activations, long scratch) {

    /** The plan of training a model with passes of a shape. */
    public static MemoryPlan ofTraining(BertMemory memory, PassShape shape, TrainingConfig config) {
        return ofTraining(memory, shape.rows(), shape, config);
    }

    private static MemoryPlan ofTraining(BertMemory memory, int batchSize, PassShape shape, TrainingConfig config) {
        ModelSelection selection = config.selection();
        return new MemoryPlan(
                batchSize,
                memory.parameterBytes(),
                memory.trainedBytes(),
                config.optimizer().bytes(memory.layout(), memory.kernels()),
                selection != null && selection.keepBest() ? memory.trainedBytes() : 0,
                memory.activationBytes(shape),
                memory.scratchBytes(shape, config.accumulate()));
    }

    /** The plan of an evaluation of a model with passes of a shape, which trains nothing. */
    public static MemoryPlan ofEvaluation(BertMemory memory, PassShape shape) {
        return new MemoryPlan(
                shape.rows(),
                memory.parameterBytes(),
                0,
                0,
                0,
                memory.activationBytes(shape),
                memory.scratchBytes(shape, 0));
    }

    /**
     * The plan of training a model that exists, if it fits: for {@link TrainingTask#prepare}, before the task makes its pass.
     *
     * @param batchSize the batch size that is wanted
     * @param shapes the shape of the passes of any batch size
     * @throws BatchTooLargeException if it does not fit
     */
    public static MemoryPlan requireFit(
            Bert model, TrainingConfig config, int batchSize, IntFunction<PassShape> shapes) {
        BertMemory memory = model.memory();
        long held = memory.parameterBytes() + (model.parameters().hasGradients() ? memory.trainedBytes() : 0);
        // By now the process has most of what it takes beside arrays.
        FreeMemory free = memory.kernels().freeMemory();
        return requireFit(free, held, batchSize, batch -> ofTraining(memory, batch, shapes.apply(batch), config));
    }

    /**
     * The plan of a batch size, if it fits.
     *
     * @param free what the kernels' memory has left
     * @param held memory of the plan that is allocated already
     * @param batchSize the batch size that is wanted
     * @param plans the plan of any batch size; memory grows with the batch
     * @throws BatchTooLargeException if it does not fit
     */
    public static MemoryPlan requireFit(FreeMemory free, long held, int batchSize, IntFunction<MemoryPlan> plans) {
        MemoryPlan plan = plans.apply(batchSize);
        long available = Math.max(0, free.bytes() + held);
        if (plan.bytes() > available) {
            int largest = largestThatFits(plans, batchSize, available);
            throw new BatchTooLargeException(
                    "Expected a model and a batch that fit into memory: needs " + FreeMemory.readable(plan.bytes())
                            + " at batch " + batchSize + ". Received: " + FreeMemory.readable(available) + " free on "
                            + free.place() + ". " + remedy(plans, largest),
                    largest);
        }
        return plan;
    }

    private static String remedy(IntFunction<MemoryPlan> plans, int largest) {
        return largest == 0
                ? "Not even batch 1 fits, which needs "
                        + FreeMemory.readable(plans.apply(1).bytes())
                        + ": use a smaller model or shorter sequences, or stop what else uses this memory"
                : "The largest batch that fits is " + largest + ": use it"
                        + (plans.apply(1).moments() == 0
                                ? ""
                                : ", and accumulate batches for more rows a step, or compute activations again");
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
        return parameters + gradients + moments + best + activations + scratch;
    }

    /** The sum and its parts, for people. */
    public String describe() {
        String trained = moments == 0
                ? ""
                : ", gradients " + FreeMemory.readable(gradients) + ", moments " + FreeMemory.readable(moments);
        // Frozen weights have neither gradients nor moments.
        String share = moments == 0 || gradients == parameters
                ? ""
                : " (" + FreeMemory.readable(gradients) + " of them trained)";
        return FreeMemory.readable(bytes()) + " at batch " + batchSize + ": parameters "
                + FreeMemory.readable(parameters) + share + trained
                + (best == 0 ? "" : ", best weights " + FreeMemory.readable(best)) + ", activations "
                + FreeMemory.readable(activations)
                + (scratch == 0 ? ", the kernels' scratch not counted" : ", scratch " + FreeMemory.readable(scratch));
    }
}
