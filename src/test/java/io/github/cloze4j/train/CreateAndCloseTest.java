package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.testing.OffHeap;
import io.github.cloze4j.testing.SeededRun;
import io.github.cloze4j.testing.SyntheticData;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Row 13 of the test catalogue: kernels, models and trainers, made, used and closed on fresh threads, leave nothing. */
class CreateAndCloseTest {
    private static final int VOCABULARY = 2000;

    /**
     * Bytes a round. A model and its optimizer take two megabytes, so that a round that forgets one in five of them fails.
     */
    private static final int MOST_BYTES = 3 << 20;

    private static final Executor FRESH_THREADS = work -> new Thread(work).start();

    private static void cycle(String provider) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(1).seqLen(8).build();
        TrainingConfig config = TrainingConfig.builder().steps(1).build();
        PretrainingData data = new PretrainingData(
                SyntheticData.documents(VOCABULARY, 10, 6, 1), null, SyntheticData.vocabulary(VOCABULARY), 1);
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(64)
                .numAttentionHeads(2)
                .intermediateSize(64)
                .build();
        try (Kernels kernels = KernelProviders.create(provider, DataType.FLOAT, Precision.FULL, 2)) {
            SeededRun.of(shape, rows, config, data, kernels);
        }
    }

    private static void leavesNothing(String provider, int rounds, int cycles) {
        assumeTrue(!provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable());
        List<Integer> threads = new ArrayList<>();
        OffHeap.assertFlat(MOST_BYTES, rounds, () -> {
            for (int i = 0; i < cycles; i++) {
                CompletableFuture.runAsync(() -> cycle(provider), FRESH_THREADS).join();
            }
            threads.add(ManagementFactory.getThreadMXBean().getThreadCount());
        });
        // The thread of the last cycle may not have ended yet. Threads of other tests may end meanwhile.
        assertTrue(threads.get(threads.size() - 1) <= threads.get(1) + 1, threads.toString());
    }

    @ParameterizedTest
    @CsvSource({"cpu, 4, 15", "nd4j, 4, 10"})
    void someCyclesLeaveNothing(String provider, int rounds, int cycles) {
        leavesNothing(provider, rounds, cycles);
    }

    @ParameterizedTest
    @Tag("heavy")
    @CsvSource({"cpu, 20, 50", "nd4j, 20, 50", EmulatedCudaProvider.NAME + ", 20, 50"})
    void aThousandCyclesLeaveNothing(String provider, int rounds, int cycles) {
        leavesNothing(provider, rounds, cycles);
    }
}
