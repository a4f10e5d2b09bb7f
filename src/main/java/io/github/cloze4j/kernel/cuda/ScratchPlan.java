package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.StepShape;

/**
 * What {@link DeviceScratch} will have grown to after a pass of some shape, and what else a device needs: computed from the
 * sizes that the kernels ask for.
 */
final class ScratchPlan {
    /**
     * Staged arguments, compiled code that is loaded when it is first used, and rounding up of the driver: an estimate, no
     * GPU has been measured yet.
     */
    static final long RESERVE = 256L << 20;

    private ScratchPlan() {}

    /** Bytes, the reserve included. */
    static long bytes(StepShape shape, boolean bf16) {
        return slots(shape, bf16) + RESERVE;
    }

    /** Bytes of all slots. */
    static long slots(StepShape shape, boolean bf16) {
        long tiles = shape.training() ? (long) shape.heads() * shape.tokens() * shape.seqLen() : 0;
        long copies = bf16 ? Short.BYTES * (largestActivation(shape) + largestRight(shape)) : 0;
        // Two of tiles: what dropout leaves of the probabilities, and the gradient of the scores.
        return 2 * Float.BYTES * tiles + copies + partialSums(shape) + FlatKernels.RESULT_BYTES;
    }

    /** The left operand of a product is an activation or a gradient of one. */
    private static long largestActivation(StepShape shape) {
        return max(
                (long) shape.tokens() * widest(shape),
                (long) shape.masked() * shape.hidden(),
                (long) shape.logitRows() * shape.vocabulary());
    }

    /** The right one is a weight; for the gradient of a weight it is the layer's input. */
    private static long largestRight(StepShape shape) {
        long weights = (long) shape.hidden() * Math.max(widest(shape), shape.vocabulary());
        if (!shape.training()) {
            return weights;
        }
        return max(
                weights,
                (long) shape.tokens() * Math.max(shape.hidden(), shape.intermediate()),
                (long) shape.masked() * shape.hidden());
    }

    /** Sums over parts of a grid, of whatever kernel takes the most. */
    private static long partialSums(StepShape shape) {
        long losses = FlatKernels.lossBytes(shape.logitRows());
        if (!shape.training()) {
            return losses;
        }
        long floats = max(
                LinearKernels.partialSums(shape.tokens(), widest(shape)),
                LinearKernels.partialSums(shape.masked(), shape.hidden()),
                LinearKernels.partialSums(shape.logitRows(), shape.vocabulary()),
                RowKernels.gradientPartialSums(shape.tokens(), shape.hidden()),
                RowKernels.normPartialSums(Math.max(shape.tokens(), shape.masked()), shape.hidden()));
        return max(Float.BYTES * floats, losses, FlatKernels.MOST_NORM_BYTES);
    }

    private static int widest(StepShape shape) {
        return Math.max(3 * shape.hidden(), shape.intermediate());
    }

    private static long max(long... values) {
        long largest = 0;
        for (long value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }
}
