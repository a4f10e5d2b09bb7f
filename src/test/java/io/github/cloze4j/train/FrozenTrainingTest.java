package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.testing.SyntheticData;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Training with the trainer, checkpoints and evaluation of a model whose embeddings are frozen. */
class FrozenTrainingTest {
    private static final int VOCABULARY = 50;
    private static final Kernels KERNELS = KernelProviders.create("cpu", DataType.FLOAT);
    private static final Predicate<String> EMBEDDINGS = name -> name.startsWith("bert.embeddings.");

    private static Bert model(Predicate<String> frozen) {
        return model(frozen, null);
    }

    private static Bert model(Predicate<String> frozen, @Nullable LoraConfig lora) {
        BertConfig config = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(2)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .dropout(0.1)
                .build();
        Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), frozen.negate(), lora, KERNELS);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    private static Trainer trainer(Bert model) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(4).seqLen(16).seed(7).build();
        PretrainingData data = new PretrainingData(
                SyntheticData.documents(VOCABULARY, 60, 12, 1),
                SyntheticData.documents(VOCABULARY, 20, 12, 2),
                SyntheticData.vocabulary(VOCABULARY),
                0);
        return new Trainer(
                new PretrainingTask(model, rows, data),
                TrainingConfig.builder().steps(8).build(),
                null);
    }

    private static Map<String, float[]> values(Bert model) {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (Parameter parameter : model.parameters().parameters()) {
            values.put(parameter.name(), parameter.value().dup().ravel().toFloatVector());
        }
        return values;
    }

    private static void assertSame(Map<String, float[]> expected, Bert model) {
        values(model).forEach((name, values) -> assertArrayEquals(expected.get(name), values, name));
    }

    @Test
    void frozenEmbeddingsStayAndAResumedRunIsTheWholeOne() {
        Map<String, float[]> expected;
        try (Bert model = model(EMBEDDINGS);
                Trainer trainer = trainer(model)) {
            Map<String, float[]> before = values(model);
            assertTrue(Double.isFinite(trainer.run().evaluation().loss()));
            expected = values(model);
            expected.forEach((name, values) ->
                    assertEquals(EMBEDDINGS.test(name), Arrays.equals(before.get(name), values), name));
        }
        TrainingCheckpoint half;
        try (Bert model = model(EMBEDDINGS);
                Trainer trainer = trainer(model)) {
            trainer.runSteps(4);
            half = trainer.capture();
        }
        Set<String> names = half.tensors().stream().map(NamedTensor::name).collect(Collectors.toSet());
        assertTrue(names.contains("value/bert.embeddings.word_embeddings.weight"));
        assertFalse(names.contains("first_moment/bert.embeddings.word_embeddings.weight"));
        assertFalse(names.contains("second_moment/bert.embeddings.word_embeddings.weight"));
        assertTrue(names.contains("second_moment/cls.predictions.bias"));
        try (Bert model = model(EMBEDDINGS);
                Trainer trainer = trainer(model)) {
            trainer.restore(half);
            trainer.run();
            assertSame(expected, model);
        }
    }

    @Test
    void aResumedRunWithLowRankUpdatesIsTheWholeOne() {
        LoraConfig lora = new LoraConfig(2, 4, 0.3, EnumSet.allOf(LowRankTarget.class), false);
        Predicate<String> base = name -> !LoraConfig.trains(name);
        Map<String, float[]> expected;
        try (Bert model = model(base, lora);
                Trainer trainer = trainer(model)) {
            Map<String, float[]> before = values(model);
            trainer.run();
            expected = values(model);
            expected.forEach(
                    (name, values) -> assertEquals(base.test(name), Arrays.equals(before.get(name), values), name));
        }
        TrainingCheckpoint half;
        try (Bert model = model(base, lora);
                Trainer trainer = trainer(model)) {
            trainer.runSteps(5);
            half = trainer.capture();
        }
        try (Bert model = model(base, lora);
                Trainer trainer = trainer(model)) {
            trainer.restore(half);
            trainer.run();
            assertSame(expected, model);
        }
        LoraConfig stronger = new LoraConfig(2, 8, 0.3, lora.targets(), false);
        try (Bert model = model(base, stronger);
                Trainer trainer = trainer(model)) {
            String message = assertThrows(IllegalArgumentException.class, () -> trainer.restore(half))
                    .getMessage();
            assertTrue(message.contains("alpha 4.0") && message.contains("alpha 8.0"), message);
        }
    }

    @Test
    void aRunDoesNotGoOnWithOtherFrozenParameters() {
        for (List<Predicate<String>> change :
                List.of(List.of(EMBEDDINGS, name -> false), List.<Predicate<String>>of(name -> false, EMBEDDINGS))) {
            TrainingCheckpoint checkpoint;
            try (Bert model = model(change.get(0));
                    Trainer trainer = trainer(model)) {
                trainer.runSteps(1);
                checkpoint = trainer.capture();
            }
            try (Bert model = model(change.get(1));
                    Trainer trainer = trainer(model)) {
                Map<String, float[]> before = values(model);
                String message = assertThrows(CheckpointFormatException.class, () -> trainer.restore(checkpoint))
                        .getMessage();
                assertTrue(
                        message.contains("first_moment/bert.embeddings.") && message.contains("frozen parameters"),
                        message);
                assertSame(before, model);
            }
        }
    }
}
