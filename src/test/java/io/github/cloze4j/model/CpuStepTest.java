package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.OptimizerKind;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Whole training steps on the {@code cpu} kernels: what they leave behind, and that they repeat themselves. */
class CpuStepTest {
    private static final long SEED = 11;
    private static final int MOST_BYTES_OF_A_STEP = 64 * 1024;

    /** A model and its optimizer, trained on one batch of two documents a row. */
    private static final class Run implements AutoCloseable {
        private static final int ROWS = 6;
        private static final int SEQ_LEN = 40;

        final Bert model;
        final TrainingPass pass;
        final AdamW optimizer;
        private final Batch batch = batch();
        private int step;

        Run(int threads) {
            Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, threads);
            model = new Bert(
                    BertConfig.builder(997)
                            .numHiddenLayers(3)
                            .hiddenSize(48)
                            .numAttentionHeads(4)
                            .build(),
                    List.of(LanguageModelHead.MASKED),
                    kernels);
            model.initialize(SEED);
            pass = model.trainingPass(ROWS, SEQ_LEN, batch.targets().get(0).count() + 2);
            optimizer = new AdamW(model.parameters(), OptimizerKind.ADAMW, 0.9, 0.98, 1e-6, 0.01);
        }

        double step() {
            int masked = batch.targets().get(0).count();
            double loss = Answers.mean(pass.forwardBackward(batch, SEED, step, 1.0 / masked), batch, 0);
            Kernels kernels = model.parameters().kernels();
            Pending<Double> squaredNorm =
                    kernels.squaredNorm(model.parameters().gradients().flat());
            optimizer.step(++step, 1e-3, new Clipping(squaredNorm, 1, 0));
            return loss;
        }

        double[] values() {
            return GoldenFixture.numbers(model.parameters().values().flat());
        }

        private static Batch batch() {
            int tokens = ROWS * SEQ_LEN;
            int[] ids = new int[tokens];
            int[] positions = new int[tokens];
            int[] offsets = new int[2 * ROWS + 1];
            for (int row = 0; row < ROWS; row++) {
                int first = 13 + row;
                offsets[2 * row + 1] = row * SEQ_LEN + first;
                offsets[2 * row + 2] = (row + 1) * SEQ_LEN;
                for (int i = 0; i < SEQ_LEN; i++) {
                    ids[row * SEQ_LEN + i] = 5 + (row * 31 + i * 7) % 900;
                    positions[row * SEQ_LEN + i] = i < first ? i : i - first;
                }
            }
            int[] masked = {3, 50, 51, 100, 170, 239};
            int[] labels = {7, 8, 9, 10, 11, 12};
            return new Batch(
                    ROWS,
                    SEQ_LEN,
                    ids,
                    new int[tokens],
                    positions,
                    Documents.bidirectional(offsets),
                    tokens,
                    List.of(new Targets(masked, labels)));
        }

        @Override
        public void close() {
            optimizer.close();
            pass.close();
            model.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theSameThreadsMakeTheSameBits(int threads) {
        try (Run first = new Run(threads);
                Run second = new Run(threads)) {
            for (int step = 0; step < 5; step++) {
                assertEquals(first.step(), second.step(), 0.0);
            }
            assertArrayEquals(first.values(), second.values(), 0.0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void otherThreadsMakeAlmostTheSameNumbers(int threads) {
        try (Run two = new Run(2);
                Run other = new Run(threads)) {
            for (int step = 0; step < 5; step++) {
                assertEquals(two.step(), other.step(), 1e-4);
            }
        }
    }

    /**
     * The count is of the whole process, and a thread of JavaCPP's lowers it when garbage of earlier tests is collected:
     * that is awaited first, so that what changes afterwards is the steps' doing.
     */
    private static long bytesWithoutLeftovers() throws InterruptedException {
        long before;
        do {
            before = Pointer.totalBytes();
            System.gc();
            Thread.sleep(100);
        } while (Pointer.totalBytes() != before);
        return before;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aStepLeavesNextToNoGarbageAndTakesNoNativeMemory(int threads) throws InterruptedException {
        com.sun.management.ThreadMXBean threadsBean =
                (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        try (Run run = new Run(threads)) {
            run.step();
            long native0 = bytesWithoutLeftovers();
            long[] allocated = new long[8];
            for (int step = 0; step < allocated.length; step++) {
                long before = threadsBean.getThreadAllocatedBytes(id);
                run.step();
                allocated[step] = threadsBean.getThreadAllocatedBytes(id) - before;
            }
            // The least: classes that load in some step are not of the step.
            long least = Arrays.stream(allocated).min().orElseThrow();
            assertTrue(least < MOST_BYTES_OF_A_STEP, least + " bytes a step");
            // Fewer, if garbage of earlier tests is freed only now.
            long growth = Pointer.totalBytes() - native0;
            assertTrue(growth <= 0, growth + " native bytes");
        }
    }
}
