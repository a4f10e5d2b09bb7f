package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.cuda.DeviceScratch.Slot;

/** Passes over flat memory, and the two results that the host waits for: the loss and the squared norm. */
final class FlatKernels {
    private static final long NO_COPY = 0;
    private static final int LOSS_NUMBERS = 2;

    /** What a result on its way to the host takes. */
    static final long RESULT_BYTES = (long) LOSS_NUMBERS * Double.BYTES;

    /** The most partial sums of a squared norm. */
    static final long MOST_NORM_BYTES = (long) LaunchGeometry.MOST_BLOCKS * Double.BYTES;

    private final DeviceQueue device;

    FlatKernels(DeviceQueue device) {
        this.device = device;
    }

    /** What the losses of so many rows take. */
    static long lossBytes(int rows) {
        return (long) LOSS_NUMBERS * Double.BYTES * rows;
    }

    /** {@code x = dropout(x)}. */
    void dropout(Dropout dropout, long x, long length) {
        if (dropout.probability() > 0) {
            long mask = device.newArguments().mask(dropout);
            device.launch("dropout", LaunchGeometry.over(length), x, mask, length, NO_COPY);
        }
    }

    /** Cross-entropy of rows of logits, whose place their gradient takes. */
    LossSum crossEntropy(long logits, int[] labels, int vocabulary, double gradientScale) {
        int rows = labels.length;
        StagedArguments arguments = device.newArguments();
        long deviceLabels = arguments.integers(labels);
        long scale = arguments.floats((float) gradientScale);
        long rowLosses = device.scratch().get(Slot.PARTIAL_SUMS, lossBytes(rows));
        long loss = device.scratch().get(Slot.RESULT, RESULT_BYTES);
        device.launch(
                "crossEntropy",
                LaunchGeometry.rows(rows, vocabulary),
                logits,
                deviceLabels,
                vocabulary,
                scale,
                NO_COPY,
                rowLosses);
        device.driver().zero(loss, LOSS_NUMBERS * Double.BYTES);
        device.launch("addLosses", LaunchGeometry.rows(1, rows), rowLosses, rows, loss);
        double[] sums = device.transfers().doubles(loss, LOSS_NUMBERS);
        return new LossSum(sums[0], (int) sums[1]);
    }

    /** Σ x². */
    double squaredNorm(long x, long length) {
        LaunchGeometry grid = LaunchGeometry.over(length);
        long partialSums = device.scratch().get(Slot.PARTIAL_SUMS, (long) Double.BYTES * grid.gridX());
        long sum = device.scratch().get(Slot.RESULT, RESULT_BYTES);
        device.launch("squaredNorm", grid, x, length, partialSums);
        device.launch("sumOfParts", LaunchGeometry.rows(1, grid.gridX()), partialSums, grid.gridX(), sum);
        return device.transfers().doubles(sum, 1)[0];
    }

    /** One step of AdamW. */
    void adamW(long value, long gradient, long firstMoment, long secondMoment, long length, AdamWStep step) {
        StagedArguments arguments = device.newArguments();
        long numbers = arguments.floats(
                (float) step.beta1(),
                (float) (1 - step.beta1()),
                (float) step.beta2(),
                (float) (1 - step.beta2()),
                (float) (1 - step.learningRate() * step.weightDecay()),
                (float) (step.learningRate() / step.biasCorrection1()),
                (float) (1 / Math.sqrt(step.biasCorrection2())),
                (float) step.epsilon());
        long scale = arguments.floats((float) step.gradientScale());
        device.launch(
                "adamW",
                LaunchGeometry.over(length),
                value,
                gradient,
                firstMoment,
                secondMoment,
                length,
                numbers,
                scale,
                NO_COPY);
    }
}
