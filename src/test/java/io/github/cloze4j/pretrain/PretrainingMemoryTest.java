package io.github.cloze4j.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertMemory;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class PretrainingMemoryTest {
    private static final int VOCABULARY = 120;
    private static final int SEQ_LEN = 16;
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    private final List<Arena> before = Arena.open();

    private static PretrainingData data() {
        return new PretrainingData(
                SyntheticData.documents(VOCABULARY, 40, SEQ_LEN - 2, 1), null, SyntheticData.vocabulary(VOCABULARY), 0);
    }

    private static final TrainingConfig ONE_STEP =
            TrainingConfig.builder().steps(1).build();

    private static PretrainingConfig rows(int batchSize) {
        return PretrainingConfig.builder().batchSize(batchSize).seqLen(SEQ_LEN).build();
    }

    private static PretrainingConfig pairs(int batchSize) {
        return rows(batchSize).toBuilder().objective(Objective.MLM_NSP).build();
    }

    private static Trainer trainer(Bert model, PretrainingConfig rows) {
        return new Trainer(new PretrainingTask(model, rows, data()), ONE_STEP, null);
    }

    private static MemoryPlan ofTraining(Bert model, int batchSize) {
        return PretrainingMemory.ofTraining(model, rows(batchSize), ONE_STEP, SyntheticData.vocabulary(VOCABULARY));
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
        try (Bert model = new Bert(shape, PretrainingHeads.of(objective), KERNELS)) {
            long values = allocated();
            for (int batchSize : new int[] {1, 7, 32}) {
                MemoryPlan plan = PretrainingMemory.ofEvaluation(
                        model.memory(), batchSize, SEQ_LEN, objective, SyntheticData.vocabulary(VOCABULARY));
                assertEquals(values, plan.parameters());
                assertEquals(values, allocated());
                int[] most = objective.maxTargets(batchSize, SEQ_LEN, 3);
                try (TrainingPass pass = model.trainingPass(batchSize, SEQ_LEN, most)) {
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
            PretrainingConfig rows =
                    rows(5).toBuilder().recomputeActivations(recompute).build();
            BertConfig shape = BertConfig.builder(VOCABULARY)
                    .numHiddenLayers(layers)
                    .hiddenSize(24)
                    .numAttentionHeads(3)
                    .build();
            MemoryPlan before = PretrainingMemory.ofTraining(
                    BertMemory.of(shape, List.of(LanguageModelHead.MASKED), KERNELS),
                    rows,
                    ONE_STEP,
                    SyntheticData.vocabulary(VOCABULARY));
            assertEquals(0, allocated());
            try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED), KERNELS);
                    Trainer trainer = trainer(model, rows)) {
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
        BertMemory memory = BertMemory.of(shape, PretrainingHeads.of(Objective.MLM_NSP), KERNELS);
        String message = assertThrows(
                        BackendException.class,
                        () -> PretrainingMemory.ofTraining(
                                memory, pairs(5), ONE_STEP, SyntheticData.vocabulary(VOCABULARY)))
                .getMessage();
        assertTrue(message.contains("Not even batch 1 fits"), message);
    }

    @Test
    void aPlanForHeadsThatTheObjectiveDoesNotTrainIsRefused() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        BertMemory without = BertMemory.of(shape, PretrainingHeads.of(Objective.MLM), KERNELS);
        BertMemory with = BertMemory.of(shape, PretrainingHeads.of(Objective.MLM_NSP), KERNELS);
        for (Executable plan : List.<Executable>of(
                () -> PretrainingMemory.ofTraining(with, rows(5), ONE_STEP, SyntheticData.vocabulary(VOCABULARY)),
                () -> PretrainingMemory.ofTraining(without, pairs(5), ONE_STEP, SyntheticData.vocabulary(VOCABULARY)),
                () -> PretrainingMemory.ofEvaluation(
                        with, 5, SEQ_LEN, Objective.MLM, SyntheticData.vocabulary(VOCABULARY)))) {
            String message = assertThrows(IllegalArgumentException.class, plan).getMessage();
            assertTrue(message.startsWith("Expected the most targets for each of the model's heads [mlm"), message);
        }
    }

    @Test
    void aModelThatDoesNotFitIsRefusedBeforeItsMemoryIsTaken() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        long bytes =
                BertMemory.of(shape, List.of(LanguageModelHead.MASKED), KERNELS).parameterBytes();
        new Bert(shape, List.of(LanguageModelHead.MASKED), with(new FreeMemory(bytes, "a test"))).close();
        FreeMemory less = new FreeMemory(bytes - 1, "a test");
        String message = assertThrows(
                        BackendException.class, () -> new Bert(shape, List.of(LanguageModelHead.MASKED), with(less)))
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
        try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED), KERNELS);
                Trainer trainer = trainer(model, rows(5))) {
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
        try (Bert model = new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                kernels)) {
            String said = ofTraining(model, 5).describe();
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
        try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED), KERNELS)) {
            for (int batchSize = 1; batchSize <= 20; batchSize++) {
                bytes.add(ofTraining(model, batchSize).bytes() - allocated());
            }
        }
        for (int largest : new int[] {1, 2, 9, 19}) {
            // One byte less than the next takes; what the model itself takes is there already.
            FreeMemory free = new FreeMemory(bytes.get(largest) - 1, "a test");
            try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED), with(free))) {
                long values = allocated();
                String message = assertThrows(BackendException.class, () -> ofTraining(model, 20))
                        .getMessage();
                assertTrue(message.contains("The largest batch that fits is " + largest + ":"), message);
                assertTrue(message.contains("free on a test"), message);
                assertThrows(BackendException.class, () -> trainer(model, rows(largest + 1))
                        .close());
                assertEquals(values, allocated());
                assertEquals(largest, ofTraining(model, largest).batchSize());
            }
        }
    }
}
