package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.kernel.cuda.memory.DeviceResult;
import io.github.cloze4j.kernel.cuda.memory.DeviceScratch.Slot;
import io.github.cloze4j.kernel.cuda.memory.StagedArguments;
import java.util.function.Function;

/**
 * Losses, whose gradient takes the place of the scores; the host is told of their sum. The kernel writes the gradient in bf16
 * to the copy of the scores too, if there is one.
 */
final class LossKernels {
    private static final int LOSS_NUMBERS = 2;

    private final DeviceQueue device;

    LossKernels(DeviceQueue device) {
        this.device = device;
    }

    /**
     * Where the scores are.
     *
     * @param copy the address of their bf16 copy, 0 if there is none
     */
    record Scores(long address, int columns, long copy) {}

    /** The bytes that the losses of so many rows take. */
    static long lossBytes(int rows) {
        return (long) LOSS_NUMBERS * Double.BYTES * rows;
    }

    /** Cross-entropy of rows of logits. */
    DeviceResult<LossSum> crossEntropy(Scores logits, int[] labels, ClassLoss loss, double gradientScale) {
        StagedArguments arguments = device.newArguments();
        long deviceLabels = arguments.integers(labels);
        long scale = arguments.floats((float) gradientScale);
        long rowLosses = rowLosses(labels.length);
        if (loss.equals(ClassLoss.PLAIN)) {
            device.launch(
                    "crossEntropy",
                    LaunchGeometry.rows(labels.length, logits.columns()),
                    logits.address(),
                    deviceLabels,
                    logits.columns(),
                    scale,
                    logits.copy(),
                    rowLosses);
        } else {
            device.launch(
                    "classLoss",
                    warps(labels.length),
                    logits.address(),
                    deviceLabels,
                    logits.columns(),
                    weights(loss, arguments),
                    loss.labelSmoothing(),
                    loss.focalGamma(),
                    scale,
                    logits.copy(),
                    rowLosses);
        }
        return sum(rowLosses, labels.length);
    }

    private static long weights(ClassLoss loss, StagedArguments arguments) {
        if (loss.weights().isEmpty()) {
            return 0;
        }
        float[] weights = new float[loss.weights().size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = loss.weights().get(i).floatValue();
        }
        return arguments.floats(weights);
    }

    /** Binary cross-entropy of rows of logits. */
    DeviceResult<LossSum> sigmoidCrossEntropy(Scores logits, float[] values, double gradientScale) {
        int rows = values.length / logits.columns();
        return sum(rowLosses("sigmoidCrossEntropy", logits, values, gradientScale), rows);
    }

    /** Squared errors of rows of scores. */
    DeviceResult<LossSum> squaredError(Scores scores, float[] values, double gradientScale) {
        int rows = values.length / scores.columns();
        return sum(
                rowLosses("squaredError", scores, values, gradientScale),
                rows,
                numbers -> new LossSum(numbers[0], LossSum.NO_ANSWERS));
    }

    /** Launches a kernel that compares scores with values, and returns where the losses of its rows are. */
    private long rowLosses(String kernel, Scores scores, float[] values, double gradientScale) {
        int rows = values.length / scores.columns();
        StagedArguments arguments = device.newArguments();
        long deviceValues = arguments.floats(values);
        long scale = arguments.floats((float) gradientScale);
        long rowLosses = rowLosses(rows);
        device.launch(
                kernel, warps(rows), scores.address(), deviceValues, scores.columns(), scale, scores.copy(), rowLosses);
        return rowLosses;
    }

    /** Cross-entropy of both columns of scores within groups of rows. */
    DeviceResult<LossSum> spanCrossEntropy(Scores scores, int[] ends, int[] labels, double gradientScale) {
        StagedArguments arguments = device.newArguments();
        long deviceEnds = arguments.integers(ends);
        long deviceLabels = arguments.integers(labels);
        long scale = arguments.floats((float) gradientScale);
        long groupLosses = rowLosses(ends.length);
        device.launch(
                "spanCrossEntropy",
                warps(ends.length),
                scores.address(),
                deviceEnds,
                deviceLabels,
                scale,
                scores.copy(),
                groupLosses);
        return sum(groupLosses, ends.length);
    }

    /** A warp a block. */
    private static LaunchGeometry warps(int blocks) {
        return LaunchGeometry.rows(blocks, 1);
    }

    private long rowLosses(int rows) {
        return device.scratch().get(Slot.PARTIAL_SUMS, lossBytes(rows));
    }

    private DeviceResult<LossSum> sum(long rowLosses, int rows) {
        return sum(rowLosses, rows, numbers -> new LossSum(numbers[0], (int) numbers[1]));
    }

    private DeviceResult<LossSum> sum(long rowLosses, int rows, Function<double[], LossSum> meaning) {
        DeviceResult<LossSum> loss = device.results().take(LOSS_NUMBERS, meaning);
        device.driver().zero(loss.address(), LOSS_NUMBERS * Double.BYTES);
        device.launch("addLosses", LaunchGeometry.rows(1, rows), rowLosses, rows, loss.address());
        return loss;
    }
}
