package io.github.cloze4j.kernel;

import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A loss with random scores and labels.
 *
 * @param scores {@code [rows, columns]}, numbers that a float holds
 */
record LossCase(String name, int columns, double[] scores, Operation operation) {
    /** The operation on an array of the scores. */
    interface Operation {
        Pending<LossSum> of(Kernels kernels, INDArray scores, double gradientScale);
    }

    private static final int MOST_OF_A_GROUP = 70;

    /** Every loss but plain cross-entropy, on so many rows. */
    static List<LossCase> draw(RandomStream random, int rows, int columns) {
        int[] labels = new int[rows];
        for (int row = 0; row < rows; row++) {
            labels[row] = random.nextInt(columns);
        }
        List<Double> weights = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            weights.add((double) (float) Math.abs(random.nextGaussian()));
        }
        float[] shares = new float[rows * columns];
        float[] values = new float[rows * columns];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = random.nextInt(5) / 4f;
            values[i] = (float) random.nextGaussian();
        }
        List<LossCase> cases = new ArrayList<>();
        for (ClassLoss loss : List.of(
                new ClassLoss(weights, 0, 0),
                new ClassLoss(List.of(), 0.1, 0),
                new ClassLoss(weights, 0.3, 0),
                new ClassLoss(List.of(), 0, 0.5),
                new ClassLoss(weights, 0, 1),
                new ClassLoss(weights, 0, 2.5))) {
            cases.add(new LossCase(
                    loss.toString(),
                    columns,
                    normal(random, rows * columns),
                    (kernels, x, scale) -> kernels.crossEntropy(x, labels, loss, scale)));
        }
        cases.add(new LossCase(
                "sigmoid",
                columns,
                normal(random, rows * columns),
                (kernels, x, scale) -> kernels.sigmoidCrossEntropy(x, shares, scale)));
        cases.add(new LossCase(
                "squared",
                columns,
                normal(random, rows * columns),
                (kernels, x, scale) -> kernels.squaredError(x, values, scale)));
        cases.add(spans(random, rows));
        return cases;
    }

    private static LossCase spans(RandomStream random, int groups) {
        int[] ends = new int[groups];
        int[] labels = new int[2 * groups];
        int end = 0;
        for (int group = 0; group < groups; group++) {
            int length = 1 + random.nextInt(MOST_OF_A_GROUP);
            labels[2 * group] = random.nextInt(length);
            labels[2 * group + 1] = random.nextInt(length);
            end += length;
            ends[group] = end;
        }
        return new LossCase(
                "span",
                2,
                normal(random, 2 * end),
                (kernels, x, scale) -> kernels.spanCrossEntropy(x, ends, labels, scale));
    }

    private static double[] normal(RandomStream random, int count) {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (2 * random.nextGaussian());
        }
        return numbers;
    }

    int rows() {
        return scores.length / columns;
    }

    /** The loss of these scores, and their gradient. */
    record Result(LossSum loss, double[] gradient) {}

    /** Computes the loss of some scores with some kernels. */
    Result run(Kernels kernels, double[] of, double gradientScale) {
        try (Arena arena = Arena.allocate(kernels.type(), of.length + 64L)) {
            INDArray x = arena.take(rows(), columns);
            write(kernels, x, of);
            LossSum loss = operation.of(kernels, x, gradientScale).read();
            return new Result(loss, read(kernels, x));
        }
    }

    static void write(Kernels kernels, INDArray array, double[] numbers) {
        ByteBuffer bytes = bytesOf(array);
        for (double number : numbers) {
            if (array.dataType() == DataType.DOUBLE) {
                bytes.putDouble(number);
            } else {
                bytes.putFloat((float) number);
            }
        }
        kernels.upload(bytes.flip(), array);
    }

    static double[] read(Kernels kernels, INDArray array) {
        ByteBuffer bytes = bytesOf(array);
        kernels.download(array, bytes);
        double[] numbers = new double[(int) array.length()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.dataType() == DataType.DOUBLE ? bytes.getDouble() : bytes.getFloat();
        }
        return numbers;
    }

    private static ByteBuffer bytesOf(INDArray array) {
        return ByteBuffer.allocate((int) array.length() * array.dataType().width())
                .order(ByteOrder.nativeOrder());
    }
}
