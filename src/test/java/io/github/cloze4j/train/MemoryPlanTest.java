package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.MlmPass;
import io.github.cloze4j.testing.SyntheticData;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class MemoryPlanTest {
    private static final int VOCABULARY = 120;
    private static final int SEQ_LEN = 16;
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    private final List<Arena> before = Arena.open();

    private static TrainingData data() {
        return new TrainingData(
                SyntheticData.documents(VOCABULARY, 40, SEQ_LEN - 2, 1), null, SyntheticData.vocabulary(VOCABULARY), 0);
    }

    private static TrainingConfig config(int batchSize) {
        return TrainingConfig.builder()
                .batchSize(batchSize)
                .seqLen(SEQ_LEN)
                .steps(1)
                .build();
    }

    /** What arenas take that were made since. */
    private long allocated() {
        Set<Arena> made = Collections.newSetFromMap(new IdentityHashMap<>());
        made.addAll(Arena.open());
        before.forEach(made::remove);
        return made.stream().mapToLong(Arena::bytes).sum();
    }

    private static Kernels with(FreeMemory memory) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("freeMemory") ? memory : method.invoke(KERNELS, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @ParameterizedTest
    @EnumSource(
            value = Objective.class,
            names = {"MLM", "MLM_NSP"})
    void whatIsPlannedIsWhatIsAllocated(Objective objective) {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(2)
                .hiddenSize(24)
                .numAttentionHeads(3)
                .build();
        try (BertForMaskedLm model = BertForMaskedLm.forObjective(shape, objective, KERNELS, DataType.FLOAT)) {
            long values = allocated();
            for (int batchSize : new int[] {1, 7, 32}) {
                MemoryPlan plan = MemoryPlan.ofEvaluation(
                        model.memory(), batchSize, SEQ_LEN, SyntheticData.vocabulary(VOCABULARY));
                assertEquals(values, plan.parameters());
                assertEquals(values, allocated());
                try (MlmPass pass = model.plan(batchSize, SEQ_LEN, 3 * batchSize)) {
                    assertEquals(plan.activations(), pass.bytes());
                    assertEquals(plan.bytes() - plan.scratch(), allocated());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7})
    void aPlanThatComesBeforeModelAndDataIsTheTrainers(int layers) {
        for (boolean recompute : new boolean[] {false, true}) {
            TrainingConfig config =
                    config(5).toBuilder().recomputeActivations(recompute).build();
            BertConfig shape = BertConfig.builder(VOCABULARY)
                    .numHiddenLayers(layers)
                    .hiddenSize(24)
                    .numAttentionHeads(3)
                    .build();
            MemoryPlan before = MemoryPlan.ofTraining(
                    BertMemory.of(shape, false, KERNELS), config, SyntheticData.vocabulary(VOCABULARY));
            assertEquals(0, allocated());
            try (BertForMaskedLm model = new BertForMaskedLm(shape, KERNELS, DataType.FLOAT);
                    Trainer trainer = new Trainer(model, config, data(), null)) {
                assertEquals(trainer.memory(), before);
                assertEquals(before.bytes() - before.scratch(), allocated());
            }
        }
    }

    @Test
    void theLargestModelIsPlannedAtOnceAndRefused() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(4096)
                .hiddenSize(8192)
                .numAttentionHeads(64)
                .build();
        BertMemory memory = BertMemory.of(shape, true, KERNELS);
        String message = assertThrows(
                        BackendException.class,
                        () -> MemoryPlan.ofTraining(memory, config(5), SyntheticData.vocabulary(VOCABULARY)))
                .getMessage();
        assertTrue(message.contains("Not even batch 1 fits"), message);
    }

    @Test
    void aModelThatDoesNotFitIsRefusedBeforeItsMemoryIsTaken() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        long bytes = BertMemory.of(shape, false, KERNELS).parameterBytes();
        new BertForMaskedLm(shape, with(new FreeMemory(bytes, "a test")), DataType.FLOAT).close();
        FreeMemory less = new FreeMemory(bytes - 1, "a test");
        String message = assertThrows(
                        BackendException.class, () -> new BertForMaskedLm(shape, with(less), DataType.FLOAT))
                .getMessage();
        assertTrue(message.matches("Expected a model that fits into memory.* free on a test\\. .*"), message);
        assertEquals(0, allocated());
    }

    @Test
    void whatATrainerPlansIsWhatItAllocates() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(2)
                .hiddenSize(24)
                .numAttentionHeads(3)
                .build();
        try (BertForMaskedLm model = new BertForMaskedLm(shape, KERNELS, DataType.FLOAT);
                Trainer trainer = new Trainer(model, config(5), data(), null)) {
            MemoryPlan plan = trainer.memory();
            assertEquals(plan.bytes() - plan.scratch(), allocated());
            trainer.run();
            assertEquals(plan.bytes() - plan.scratch(), allocated());
            assertTrue(plan.describe().contains("at batch 5: parameters "), plan.describe());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void kernelsThatTakeScratchWithoutPlanningItAreNotSaidToTakeNone(String name) {
        Kernels kernels = KernelProviders.create(name, DataType.FLOAT);
        try (BertForMaskedLm model = new BertForMaskedLm(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                kernels,
                DataType.FLOAT)) {
            String said = MemoryPlan.ofTraining(model, config(5), 3).describe();
            assertTrue(said.endsWith(" MB, the kernels' scratch not counted"), said);
        }
    }

    @Test
    void theLargestBatchThatFitsIsNamedAndNothingIsLeftBehind() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        List<Long> bytes = new ArrayList<>();
        try (BertForMaskedLm model = new BertForMaskedLm(shape, KERNELS, DataType.FLOAT)) {
            for (int batchSize = 1; batchSize <= 20; batchSize++) {
                bytes.add(MemoryPlan.ofTraining(model, config(batchSize), 3).bytes() - allocated());
            }
        }
        for (int largest : new int[] {1, 2, 9, 19}) {
            // One byte less than the next takes; what the model itself takes is there already.
            FreeMemory free = new FreeMemory(bytes.get(largest) - 1, "a test");
            try (BertForMaskedLm model = new BertForMaskedLm(shape, with(free), DataType.FLOAT)) {
                long values = allocated();
                String message = assertThrows(BackendException.class, () -> MemoryPlan.ofTraining(model, config(20), 3))
                        .getMessage();
                assertTrue(message.contains("The largest batch that fits is " + largest + ":"), message);
                assertTrue(message.contains("free on a test"), message);
                assertThrows(
                        BackendException.class, () -> new Trainer(model, config(largest + 1), data(), null).close());
                assertEquals(values, allocated());
                assertEquals(
                        largest,
                        MemoryPlan.ofTraining(model, config(largest), 3).batchSize());
            }
        }
    }
}
