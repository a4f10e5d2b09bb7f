package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.testing.SyntheticData;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Training with Muon through the trainer: checkpoints, memory, threads, frozen parameters, layer decay. */
class MuonTrainingTest {
    private static final int VOCABULARY = 50;
    private static final String QUERY = "bert.encoder.layer.0.attention.self.query.weight";
    private static final String OTHER_QUERY = "bert.encoder.layer.1.attention.self.query.weight";
    private static final String WORDS = "bert.embeddings.word_embeddings.weight";

    /** Trains the second layer and the head. */
    private static final Predicate<String> UPPER =
            name -> !name.startsWith("bert.embeddings.") && !name.startsWith("bert.encoder.layer.0.");

    private static Kernels kernels(int threads) {
        return KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, threads);
    }

    private static Bert model(Kernels kernels, Predicate<String> trained, @Nullable LoraConfig lora) {
        BertConfig config = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(2)
                .hiddenSize(24)
                .numAttentionHeads(2)
                .dropout(0.1)
                .build();
        Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), trained, lora, kernels);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    private static Trainer trainer(Bert model, OptimizerKind optimizer, double layerDecay) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(4).seqLen(16).seed(7).build();
        PretrainingData data = new PretrainingData(
                SyntheticData.documents(VOCABULARY, 60, 12, 1), null, SyntheticData.vocabulary(VOCABULARY), 0);
        TrainingConfig config = TrainingConfig.builder()
                .steps(8)
                .optimizer(optimizer)
                .layerDecay(layerDecay)
                .build();
        return new Trainer(new PretrainingTask(model, rows, data), config, null);
    }

    private static Map<String, float[]> values(Bert model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (Parameter parameter : model.parameters().parameters()) {
            values.put(parameter.name(), parameter.value().dup().ravel().toFloatVector());
        }
        return values;
    }

    private static void assertSame(Map<String, float[]> expected, Map<String, float[]> received) {
        expected.forEach((name, values) -> assertArrayEquals(values, received.get(name), name));
    }

    private static Map<String, float[]> trained(int threads, Predicate<String> trained, double layerDecay) {
        try (Kernels kernels = kernels(threads);
                Bert model = model(kernels, trained, null);
                Trainer trainer = trainer(model, OptimizerKind.MUON, layerDecay)) {
            trainer.run();
            return values(model);
        }
    }

    private static TrainingCheckpoint half(Kernels kernels, Predicate<String> trained, OptimizerKind optimizer) {
        try (Bert model = model(kernels, trained, null);
                Trainer trainer = trainer(model, optimizer, 1)) {
            trainer.runSteps(4);
            return trainer.capture();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aResumedRunIsTheWholeOne(boolean frozen) {
        Predicate<String> trained = frozen ? UPPER : name -> true;
        Map<String, float[]> expected = trained(2, trained, 1);
        try (Kernels kernels = kernels(2);
                Bert model = model(kernels, trained, null);
                Trainer trainer = trainer(model, OptimizerKind.MUON, 1)) {
            TrainingCheckpoint half = half(kernels, trained, OptimizerKind.MUON);
            Set<String> names = half.tensors().stream().map(NamedTensor::name).collect(Collectors.toSet());
            assertTrue(names.contains("momentum/" + OTHER_QUERY));
            assertEquals(!frozen, names.contains("momentum/" + QUERY));
            assertFalse(names.contains("first_moment/" + OTHER_QUERY));
            assertEquals(!frozen, names.contains("second_moment/" + WORDS));
            assertTrue(names.contains("second_moment/cls.predictions.bias"));
            trainer.restore(half);
            trainer.run();
            assertSame(expected, values(model));
        }
    }

    @Test
    void aRunDoesNotGoOnWithAnotherOptimizerOrOtherFrozenParameters() {
        try (Kernels kernels = kernels(2)) {
            TrainingCheckpoint ofMuon = half(kernels, name -> true, OptimizerKind.MUON);
            TrainingCheckpoint ofAdamW = half(kernels, name -> true, OptimizerKind.ADAMW);
            assertRefused(kernels, name -> true, OptimizerKind.MUON, ofAdamW, "tensor momentum/");
            assertRefused(kernels, name -> true, OptimizerKind.ADAMW, ofMuon, "tensor first_moment/");
            assertRefused(kernels, UPPER, OptimizerKind.MUON, ofMuon, "without first_moment/" + WORDS);
            // What is frozen has no moments, so only the momentum in the checkpoint is in the way.
            Predicate<String> noMatrix = name -> !name.contains("encoder") && !name.contains("transform");
            Predicate<String> few = noMatrix.or(name ->
                    name.endsWith(".query.weight") || name.endsWith(".key.weight") || name.endsWith(".value.weight"));
            assertRefused(
                    kernels,
                    noMatrix,
                    OptimizerKind.ADAMW,
                    half(kernels, few, OptimizerKind.MUON),
                    "without momentum/" + QUERY);
        }
    }

    private static void assertRefused(
            Kernels kernels,
            Predicate<String> trained,
            OptimizerKind optimizer,
            TrainingCheckpoint checkpoint,
            String reason) {
        try (Bert model = model(kernels, trained, null);
                Trainer trainer = trainer(model, optimizer, 1)) {
            Map<String, float[]> before = values(model);
            String message = assertThrows(CheckpointFormatException.class, () -> trainer.restore(checkpoint))
                    .getMessage();
            assertTrue(message.contains(reason) && message.contains("optimizer"), message);
            assertSame(before, values(model));
        }
    }

    /** Each matrix is computed by one thread, but the sums of other operations have the order of their tiles. */
    @Test
    void theSameNumberOfThreadsGivesTheSameBytes() {
        assertSame(trained(3, name -> true, 1), trained(3, name -> true, 1));
    }

    @Test
    void layerDecaySlowsTheLowerLayers() {
        Map<String, float[]> before;
        try (Kernels kernels = kernels(1);
                Bert model = model(kernels, name -> true, null)) {
            before = values(model);
        }
        double upper = distance(before, trained(1, name -> true, 0.1), OTHER_QUERY);
        double lower = distance(before, trained(1, name -> true, 0.1), QUERY);
        assertEquals(10, upper / lower, 3);
    }

    private static double distance(Map<String, float[]> from, Map<String, float[]> to, String name) {
        float[] a = from.getOrDefault(name, new float[0]);
        float[] b = to.getOrDefault(name, new float[0]);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40})
    void whatIsPlannedIsWhatIsAllocated(int threads) {
        Set<Arena> before = Set.copyOf(Arena.open());
        try (Kernels kernels = kernels(threads);
                Bert model = model(kernels, UPPER, null);
                Trainer trainer = trainer(model, OptimizerKind.MUON, 1)) {
            trainer.runSteps(1);
            MemoryPlan plan = trainer.memory();
            long allocated = Arena.open().stream()
                    .filter(arena -> !before.contains(arena))
                    .mapToLong(Arena::bytes)
                    .sum();
            assertEquals(plan.bytes() - plan.scratch(), allocated);
            assertTrue(plan.moments() > 0 && plan.moments() != 2 * plan.gradients());
        }
    }

    @Test
    void adaptersAreRefused() {
        LoraConfig lora = new LoraConfig(2, 4, 0, EnumSet.allOf(LowRankTarget.class), false);
        try (Kernels kernels = kernels(1);
                Bert model = model(kernels, LoraConfig::trains, lora)) {
            String message = assertThrows(IllegalArgumentException.class, () -> trainer(model, OptimizerKind.MUON, 1))
                    .getMessage();
            assertTrue(message.contains("frozen") && message.contains("adamw"), message);
        }
    }
}
