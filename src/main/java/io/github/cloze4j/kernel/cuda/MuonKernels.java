package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.NewtonSchulz;
import io.github.cloze4j.kernel.cuda.LinearKernels.Matrix;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.kernel.cuda.memory.DeviceScratch.Slot;
import io.github.cloze4j.kernel.cuda.memory.StagedArguments;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** Muon, one matrix after the other: products in float, and passes over the matrix in between. */
final class MuonKernels {
    private final DeviceQueue device;
    private final LinearKernels linear;
    private final FlatKernels flat;

    MuonKernels(DeviceQueue device, LinearKernels linear, FlatKernels flat) {
        this.device = device;
        this.linear = linear;
        this.flat = flat;
    }

    /**
     * A matrix that is moved.
     *
     * @param valueCopy where the kernel also writes the value in bf16; 0 for nowhere
     * @param keep the factor that the value shrinks by
     * @param rate the learning rate of the matrix
     */
    record Moved(
            long value, long valueCopy, long gradient, long momentum, int rows, int columns, float keep, float rate) {
        long length() {
            return (long) rows * columns;
        }
    }

    /** @param scratch the address of memory for {@link NewtonSchulz.Memory} of these matrices */
    void step(List<Moved> matrices, long scratch, MuonStep step) {
        List<long[]> shapes = matrices.stream()
                .map(matrix -> new long[] {matrix.rows, matrix.columns})
                .toList();
        NewtonSchulz.Memory memory = NewtonSchulz.Memory.of(shapes, DataType.FLOAT);
        StagedArguments arguments = device.newArguments();
        long scale = flat.clipFactor(arguments, step.clipping());
        float[] numbers = new float[2 * matrices.size()];
        for (int i = 0; i < matrices.size(); i++) {
            numbers[2 * i] = matrices.get(i).keep;
            numbers[2 * i + 1] = matrices.get(i).rate;
        }
        long stepNumbers = arguments.floats(numbers);
        for (Moved matrix : matrices) {
            direction(matrix, (float) step.momentum(), scale, scratch);
            long update = iterate(matrix, scratch, memory);
            LaunchGeometry grid = LaunchGeometry.over(matrix.length());
            device.launch(
                    "muonMove", grid, matrix.value, update, matrix.length(), stepNumbers, scale, matrix.valueCopy);
            stepNumbers += 2 * Float.BYTES;
        }
    }

    private void direction(Moved matrix, float momentum, long scale, long x) {
        LaunchGeometry grid = LaunchGeometry.over(matrix.length());
        long partialSums = device.scratch().get(Slot.PARTIAL_SUMS, (long) Double.BYTES * grid.gridX());
        device.launch(
                "muonDirection",
                grid,
                matrix.gradient,
                matrix.momentum,
                matrix.length(),
                momentum,
                scale,
                x,
                partialSums);
        device.launch("muonNormalize", grid, x, matrix.length(), partialSums, grid.gridX(), NewtonSchulz.EPSILON);
    }

    /** Returns the address of the result. */
    private long iterate(Moved matrix, long scratch, NewtonSchulz.Memory memory) {
        boolean tall = matrix.rows > matrix.columns;
        int side = Math.min(matrix.rows, matrix.columns);
        Matrix square = plain(scratch + memory.square() * Float.BYTES, side, side);
        Matrix polynomial = plain(scratch + memory.polynomial() * Float.BYTES, side, side);
        Matrix x = plain(scratch, matrix.rows, matrix.columns);
        Matrix other = plain(scratch + memory.other() * Float.BYTES, matrix.rows, matrix.columns);
        for (int i = 0; i < NewtonSchulz.STEPS; i++) {
            linear.multiplyFloats(tall, !tall, x, x, square);
            linear.multiplyFloats(false, false, square, square, polynomial);
            device.launch(
                    "muonPolynomial",
                    LaunchGeometry.over(square.length()),
                    square.address(),
                    polynomial.address(),
                    side,
                    (float) NewtonSchulz.A,
                    (float) NewtonSchulz.B,
                    (float) NewtonSchulz.C);
            linear.multiplyFloats(false, false, tall ? x : polynomial, tall ? polynomial : x, other);
            Matrix next = other;
            other = x;
            x = next;
        }
        return x.address();
    }

    private static Matrix plain(long address, int rows, int columns) {
        return new Matrix(address, rows, columns, columns);
    }
}
