package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A graph computes what its operations compute, to the last bit. */
abstract class StepGraphParity {
    private static final int ROWS = 12;
    private static final int IN = 8;
    private static final int OUT = 33;
    private static final int STEPS = 12;

    final long seed = System.nanoTime();

    /** Of the device to test. */
    abstract CudaDriver open();

    /** Losses of the steps, the weight after the last, and how many ran as a graph. */
    private record Outcome(List<LossSum> losses, float[] weight, int launches) {}

    private interface Piece {
        Pending<LossSum> ask(CudaKernels kernels, Supplier<Pending<LossSum>> step);
    }

    private Outcome train(Piece piece) {
        Random random = new Random(seed);
        List<LossSum> losses = new ArrayList<>();
        AtomicInteger graphs = new AtomicInteger();
        try (DeviceQueue queue = new DeviceQueue(countingGraphs(open(), graphs));
                Arena arena = Arena.allocate(DataType.FLOAT, 1 << 14)) {
            CudaKernels kernels = new CudaKernels(queue, Precision.FULL);
            INDArray x = arena.take(ROWS, IN);
            INDArray gathered = arena.take(ROWS, IN);
            INDArray dRows = arena.take(ROWS, IN);
            INDArray y = arena.take(ROWS, OUT);
            INDArray weight = arena.take(OUT, IN);
            INDArray dWeight = arena.take(OUT, IN);
            INDArray bias = arena.take(OUT);
            INDArray dBias = arena.take(OUT);
            INDArray first = arena.take(OUT, IN);
            INDArray second = arena.take(OUT, IN);
            write(kernels, x, random);
            write(kernels, weight, random);
            Pending<LossSum> last = Pending.of(LossSum.ZERO);
            for (int i = 0; i < STEPS; i++) {
                int number = i + 1;
                // The last third has another kernel, and so another graph.
                boolean drops = i < STEPS * 2 / 3;
                int[] from = random.ints(1 + random.nextInt(ROWS), 0, ROWS).toArray();
                int[] labels = random.ints(from.length, 0, OUT).toArray();
                Pending<LossSum> next = piece.ask(kernels, () -> {
                    INDArray rows = Arena.rows(gathered, 0, from.length);
                    INDArray logits = Arena.rows(y, 0, from.length);
                    kernels.gatherRows(x, from, rows);
                    kernels.dropout(drops ? new Dropout(0.2, 1, number, 1) : Dropout.NONE, rows);
                    kernels.linear(rows, weight, bias, logits);
                    Pending<LossSum> loss = kernels.crossEntropy(logits, labels, 1.0 / from.length);
                    kernels.linearBackward(rows, logits, weight, 0, Arena.rows(dRows, 0, from.length), dWeight, dBias);
                    Clipping clipping = new Clipping(kernels.squaredNorm(dWeight), 0.5, 1e-6);
                    kernels.adamW(
                            weight,
                            dWeight,
                            first,
                            second,
                            new AdamWStep(0.1, 0.9, 0.98, 1e-6, 0.01, number, true, clipping));
                    return loss;
                });
                losses.add(last.read());
                last = next;
            }
            losses.add(last.read());
            ByteBuffer bytes = ByteBuffer.allocate(OUT * IN * Float.BYTES).order(ByteOrder.nativeOrder());
            kernels.download(weight, bytes);
            float[] trained = new float[OUT * IN];
            bytes.asFloatBuffer().get(trained);
            return new Outcome(losses, trained, graphs.get());
        }
    }

    /** The same driver, which counts the graphs that it captures; each is run once. */
    private static CudaDriver countingGraphs(CudaDriver driver, AtomicInteger graphs) {
        return (CudaDriver) Proxy.newProxyInstance(
                CudaDriver.class.getClassLoader(), new Class<?>[] {CudaDriver.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(driver, arguments);
                        if (method.getName().equals("capture")) {
                            graphs.incrementAndGet();
                        }
                        return result;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private static void write(CudaKernels kernels, INDArray array, Random random) {
        ByteBuffer bytes =
                ByteBuffer.allocate((int) array.length() * Float.BYTES).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextGaussian());
        }
        kernels.upload(bytes.flip(), array);
    }

    @Test
    void stepsAsGraphsThatAreUpdatedAreTheSameToTheLastBit() {
        System.err.println(getClass().getSimpleName() + " seed " + seed);
        Outcome expected = train((kernels, step) -> step.get());
        Outcome received = train((kernels, step) -> kernels.asGraph(step));
        assertEquals(expected.losses(), received.losses());
        assertArrayEquals(expected.weight(), received.weight());
        assertTrue(received.losses().get(STEPS).sum() > 0, received.losses().toString());
        assertEquals(0, expected.launches());
        // The first runs without a graph, and so may those that first need more memory.
        assertTrue(received.launches() >= STEPS / 2, Integer.toString(received.launches()));
    }
}
