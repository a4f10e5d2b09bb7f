package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The emulation sees what is wrong with a kernel: otherwise what it lets pass would prove nothing. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaEmulationTest {
    private static final int THREADS = 64;
    private static final Launch BLOCK = new Launch(1, THREADS);

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 0, 0, 0);
    private EmulatedDevice device;

    @BeforeEach
    void open() {
        System.err.println("CudaEmulationTest seed " + seed);
        device = EmulatedDevice.open(seed);
    }

    private float[] normal(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void aRightKernelIsRightInEveryOrder() {
        float[] x = normal(THREADS);
        float[] backwards = new float[THREADS];
        for (int i = 0; i < THREADS; i++) {
            backwards[i] = x[THREADS - 1 - i];
        }
        for (int i = 0; i < 20; i++) {
            DeviceArray y = DeviceArray.poisonedFloats(THREADS);
            device.run("reversed", BLOCK, DeviceArray.of(x), y);
            assertArrayEquals(backwards, y.floats());
        }
    }

    @Test
    void aMissingBarrierShows() {
        DeviceArray y = DeviceArray.poisonedFloats(THREADS);
        device.run("reversedWithoutBarrier", BLOCK, DeviceArray.of(normal(THREADS)), y);
        assertTrue(anyNaN(y.floats()));
    }

    @Test
    void aBarrierThatNotAllThreadsReachIsAnError() {
        DeviceArray y = DeviceArray.poisonedFloats(THREADS);
        String error = device.runForError("barrierOfHalfABlock", BLOCK, y);
        assertNotNull(error);
        assertTrue(error.contains("32 of 64"), error);
    }

    @Test
    void aShuffleThatNotAllLanesReachIsAnError() {
        assertNotNull(device.runForError("shuffleOfHalfAWarp", BLOCK, DeviceArray.poisonedFloats(THREADS)));
    }

    @Test
    void sharedMemoryHoldsNoZeros() {
        DeviceArray y = DeviceArray.poisonedFloats(THREADS);
        device.run("sumOfUnwrittenShared", BLOCK, DeviceArray.of(normal(THREADS)), y);
        assertTrue(anyNaN(y.floats()));
    }

    @Test
    void aWriteBehindSharedMemoryIsAnError() {
        Launch tight = new Launch(1, 1, THREADS, THREADS * Float.BYTES);
        assertNotNull(device.runForError(
                "writeBehindShared", tight, DeviceArray.of(normal(THREADS)), DeviceArray.poisonedFloats(THREADS)));
    }

    @Test
    void aWriteBehindAnArrayIsAnError() {
        assertNotNull(device.runForError("toBf16", BLOCK, DeviceArray.of(normal(8)), DeviceArray.poisonedBf16(7), 8L));
    }

    @Test
    void argumentsOfOtherSizesAreAnError() {
        assertNotNull(device.runForError("toBf16", BLOCK, DeviceArray.of(normal(7)), DeviceArray.poisonedBf16(7), 7));
    }

    @Test
    void anOrderOfBlocksThatIsReliedOnShows() {
        float[] x = normal(8);
        Set<List<Byte>> results = results(() -> {
            DeviceArray y = DeviceArray.of(new float[1]);
            device.run("chainOfBlocks", new Launch(8, 32), DeviceArray.of(x), y);
            return y;
        });
        assertTrue(results.size() > 1);
    }

    @Test
    void everyBarrierOfTheKernelsIsNeeded() {
        List<Barrier> barriers = barriers();
        assertFalse(barriers.isEmpty());
        for (Barrier barrier : barriers) {
            Supplier<DeviceArray> kernel = kernelOf(barrier.file());
            Set<List<Byte>> results = results(kernel);
            assertEquals(1, results.size(), "with " + barrier);
            device.withoutBarrier(barrier.file(), barrier.line(), () -> results.addAll(results(kernel)));
            assertTrue(results.size() > 1, "without " + barrier);
        }
    }

    private record Barrier(String file, int line) {}

    private static List<Barrier> barriers() {
        List<Barrier> barriers = new ArrayList<>();
        CudaSources.files().forEach(file -> {
            List<String> lines = CudaSources.text(file).lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).contains("__syncthreads()")) {
                    barriers.add(new Barrier(file.getFileName().toString(), i + 1));
                }
            }
        });
        return barriers;
    }

    /** A kernel that passes the barriers of a file, on numbers that are drawn once. */
    private Supplier<DeviceArray> kernelOf(String file) {
        int columns = 61;
        return switch (file) {
            case "common.cuh" -> {
                DeviceArray x = DeviceArray.of(normal(columns));
                DeviceArray gamma = DeviceArray.of(normal(columns));
                yield () -> {
                    DeviceArray normalized = DeviceArray.poisonedFloats(columns);
                    DeviceArray inverse = DeviceArray.poisonedFloats(1);
                    DeviceArray y = DeviceArray.poisonedFloats(columns);
                    Launch launch = new Launch(1, 1, THREADS, columns * Float.BYTES);
                    device.run(
                            "residualLayerNorm",
                            launch,
                            x,
                            null,
                            null,
                            gamma,
                            gamma,
                            1e-12f,
                            columns,
                            normalized,
                            inverse,
                            y,
                            null);
                    return y;
                };
            }
            case "cross_entropy.cu" -> {
                float[] logits = normal(columns);
                DeviceArray label = DeviceArray.of(0);
                DeviceArray scale = DeviceArray.of(1f);
                yield () -> {
                    DeviceArray gradient = DeviceArray.of(logits);
                    DeviceArray losses = DeviceArray.poisonedDoubles(2);
                    device.run("crossEntropy", BLOCK, gradient, label, columns, scale, null, losses);
                    return losses;
                };
            }
            case "elementwise.cu" -> {
                DeviceArray x = DeviceArray.of(normal(columns * columns));
                yield () -> {
                    DeviceArray sums = DeviceArray.poisonedFloats(columns);
                    device.run("columnSums", new Launch(2, THREADS), x, columns, columns, sums);
                    return sums;
                };
            }
            default -> throw new AssertionError("Expected a kernel that passes the barriers of " + file);
        };
    }

    /** The different results, byte for byte, of many orders. */
    private static Set<List<Byte>> results(Supplier<DeviceArray> run) {
        Set<List<Byte>> results = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            List<Byte> bytes = new ArrayList<>();
            for (byte value : run.get().content()) {
                bytes.add(value);
            }
            results.add(bytes);
        }
        return results;
    }

    private static boolean anyNaN(float[] values) {
        for (float value : values) {
            if (Float.isNaN(value)) {
                return true;
            }
        }
        return false;
    }
}
