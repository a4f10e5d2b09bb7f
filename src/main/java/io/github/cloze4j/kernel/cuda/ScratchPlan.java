package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.StepShape;

/**
 * The bytes that scratch memory, bf16 copies and staged arguments of a queue take for a pass of some shape, computed from the
 * sizes that the kernels request.
 */
final class ScratchPlan {
    /**
     * Results, the first pages of staged arguments, compiled code that is loaded when it is first used, and rounding up of the driver: an estimate, no
     * GPU has been measured yet.
     */
    static final long RESERVE = 256L << 20;

    /** Parameters and activations: arenas whose numbers products read. */
    private static final long ARENAS = 2;

    /** An arena takes a line more than it hands out, to begin on one. */
    private static final long LINE = 64;

    private ScratchPlan() {}

    /** Bytes, the reserve included. */
    static long bytes(StepShape shape, boolean bf16) {
        return slots(shape, bf16) + staged(shape) + RESERVE;
    }

    /**
     * Bytes of staged arguments that the reserve is not for. Attention says in each layer, forward and backward, where each
     * token's document begins and ends; three pages hold twice what a step stages.
     */
    static long staged(StepShape shape) {
        long ofAStep = 2L * 2 * Integer.BYTES * shape.tokens() * shape.layers() * shape.microBatches();
        return 3 * 2 * ofAStep;
    }

    /** Bytes of all slots and copies. */
    static long slots(StepShape shape, boolean bf16) {
        long tiles = shape.training() ? (long) shape.heads() * shape.tokens() * shape.seqLen() : 0;
        // What dropout leaves of the probabilities lies among the copies in bf16; the gradient of the scores is in both
        // types.
        long attention = tiles * (bf16 ? Float.BYTES + Short.BYTES : 2 * Float.BYTES);
        long copies = bf16 ? (shape.operandBytes() + ARENAS * LINE) / 2 : 0;
        return attention + copies + partialSums(shape) + Float.BYTES;
    }

    /** Sums over parts of a grid, of whatever kernel takes the most. */
    private static long partialSums(StepShape shape) {
        long losses = LossKernels.lossBytes(shape.logitRows());
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
