package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.kernel.cuda.memory.DeviceResult;
import io.github.cloze4j.kernel.cuda.memory.DeviceScratch.Slot;
import io.github.cloze4j.kernel.cuda.memory.StagedArguments;

/**
 * Passes over flat memory, and the squared norm, a result that the host is told of. Where an argument is a copy, the kernel writes there in bf16 what it writes in float; 0 for nowhere.
 */
final class FlatKernels {
    private static final LaunchGeometry ONE_WARP = LaunchGeometry.rows(1, 1);

    /** The most partial sums of a squared norm. */
    static final long MOST_NORM_BYTES = (long) LaunchGeometry.MOST_BLOCKS * Double.BYTES;

    private final DeviceQueue device;

    FlatKernels(DeviceQueue device) {
        this.device = device;
    }

    /** {@code x = dropout(x)}. */
    void dropout(Dropout dropout, long x, long length, long xCopy) {
        long mask = device.newArguments().mask(dropout);
        device.launch("dropout", LaunchGeometry.over(length), x, mask, length, xCopy);
    }

    /** {@code y += dropout(x)}. */
    void addDropout(Dropout dropout, long x, long y, long length, long yCopy) {
        long mask = device.newArguments().mask(dropout);
        device.launch("addDropout", LaunchGeometry.over(length), x, y, mask, length, yCopy);
    }

    /** Σ x². */
    DeviceResult<Double> squaredNorm(long x, long length) {
        LaunchGeometry grid = LaunchGeometry.over(length);
        long partialSums = device.scratch().get(Slot.PARTIAL_SUMS, (long) Double.BYTES * grid.gridX());
        DeviceResult<Double> sum = device.results().take(1, numbers -> numbers[0]);
        device.launch("squaredNorm", grid, x, length, partialSums);
        device.launch("sumOfParts", LaunchGeometry.rows(1, grid.gridX()), partialSums, grid.gridX(), sum.address());
        return sum;
    }

    /** One step of AdamW. */
    void adamW(
            long value,
            long valueCopy,
            long gradient,
            long firstMoment,
            long secondMoment,
            long length,
            AdamWStep step) {
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
        long scale = clipFactor(arguments, step.clipping());
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
                valueCopy);
    }

    /** The address of the float that gradients are multiplied by; it is not a number if the norm is not finite. */
    long clipFactor(StagedArguments arguments, Clipping clipping) {
        long squaredNorm = clipping.squaredNorm() instanceof DeviceResult<Double> onDevice && !onDevice.isReady()
                ? onDevice.address()
                : arguments.number(clipping.squaredNorm().read());
        long scale = device.scratch().floats(Slot.CLIP_FACTOR, 1);
        device.launch("clipFactor", ONE_WARP, squaredNorm, clipping.maxNorm(), clipping.epsilon(), scale);
        return scale;
    }
}
