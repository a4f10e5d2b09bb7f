package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** A model that another thread replaces all the time is read as one of the two models, never as a mixture. */
class StoredModelTest {
    /** Of models written and models read. */
    private static final int LEAST = 20;

    private static final int WORDS = 40;

    @TempDir
    Path parent;

    /** Vocabulary, number of layers and each weight tell which of two models it is. */
    private record Variant(int number) {
        BertTokenizer tokenizer() {
            List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
            for (int i = 0; i < WORDS; i++) {
                tokens.add("word" + number + "x" + i);
            }
            return new BertTokenizer(Vocabulary.of(tokens), TokenizerConfig.uncased());
        }

        Bert model(Kernels kernels) {
            BertConfig config = BertConfig.builder(60)
                    .numHiddenLayers(number)
                    .hiddenSize(8)
                    .numAttentionHeads(2)
                    .build();
            Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
            for (Parameter parameter : model.parameters().parameters()) {
                parameter.value().assign(number);
            }
            return model;
        }
    }

    private static int variantOf(BertTokenizer tokenizer) {
        return tokenizer.vocabulary().token(7).charAt(4) - '0';
    }

    private static void assertOneModel(BertTokenizer tokenizer, Bert model) {
        int expected = variantOf(tokenizer);
        assertEquals(expected, model.config().numHiddenLayers());
        for (Parameter parameter : model.parameters().parameters()) {
            assertEquals(expected, parameter.value().getDouble(0), parameter.name());
        }
    }

    @Test
    void aModelThatIsReplacedMeanwhileIsReadAsOne() throws Exception {
        Path directory = parent.resolve("model");
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicInteger written = new AtomicInteger();
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.FLOAT);
                Bert first = new Variant(1).model(kernels);
                Bert second = new Variant(2).model(kernels)) {
            ModelDirectory.write(directory, first, new Variant(1).tokenizer(), Map.of());
            AtomicBoolean enough = new AtomicBoolean();
            Thread writer = new Thread(() -> {
                try {
                    while (!enough.get()) {
                        boolean even = written.getAndIncrement() % 2 == 0;
                        ModelDirectory.write(
                                directory, even ? second : first, new Variant(even ? 2 : 1).tokenizer(), Map.of());
                    }
                } catch (RuntimeException | Error e) {
                    failure.set(e);
                }
            });
            writer.start();
            int read = 0;
            int busy = 0;
            try {
                while ((read < LEAST || written.get() < LEAST) && failure.get() == null) {
                    try (StoredModel stored = ModelDirectory.open(directory);
                            Bert model = stored.readModel(stored.config(), kernels)) {
                        assertOneModel(stored.tokenizer(), model);
                        read++;
                    } catch (CheckpointFormatException replaced) {
                        assertTrue(
                                replaced.getMessage().contains("stays as it is while it is read"),
                                replaced.getMessage());
                        busy++;
                    }
                }
            } finally {
                enough.set(true);
            }
            writer.join();
            assertEquals(null, failure.get());
            System.out.println("StoredModelTest: " + written + " models written, " + read + " read, " + busy + " busy");
        }
    }

    @Test
    void anOpenModelIsThatOfTheMomentItWasOpened() {
        Path directory = parent.resolve("model");
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.FLOAT);
                Bert first = new Variant(1).model(kernels);
                Bert second = new Variant(2).model(kernels)) {
            ModelDirectory.write(directory, first, new Variant(1).tokenizer(), Map.of());
            try (StoredModel stored = ModelDirectory.open(directory)) {
                ModelDirectory.write(directory, second, new Variant(2).tokenizer(), Map.of());
                try (Bert model = stored.readModel(stored.config(), kernels)) {
                    assertOneModel(stored.tokenizer(), model);
                    assertEquals(1, variantOf(stored.tokenizer()));
                }
            }
            try (StoredModel stored = ModelDirectory.open(directory)) {
                assertEquals(2, stored.config().numHiddenLayers());
                assertEquals(Set.of(ModelParts.ENCODER, ModelParts.MASKED_LM), stored.parts());
            }
        }
    }

    @Test
    void aDirectoryWithoutATokenizerIsRefusedWhenTheTokenizerIsAskedFor() throws Exception {
        Path model = PretrainedFixture.copy(parent);
        Files.delete(model.resolve("vocab.txt"));
        Files.delete(model.resolve("tokenizer.json"));
        try (StoredModel stored = ModelDirectory.open(model);
                Kernels kernels = KernelProviders.create("nd4j", DataType.FLOAT)) {
            stored.readModel(stored.config(), kernels).close();
            String message = assertThrows(CheckpointFormatException.class, stored::tokenizer)
                    .getMessage();
            assertTrue(message.contains("vocab.txt"), message);
        }
    }

    @Test
    void partsWithoutWeightsAreNamedAndDrawn() {
        List<HeadKind> heads = List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp"));
        try (StoredModel stored = ModelDirectory.open(PretrainedFixture.DIRECTORY);
                Kernels kernels = KernelProviders.create("nd4j", DataType.FLOAT);
                Bert model = stored.readForTraining(
                        stored.config(), heads, name -> true, kernels, 3, Initialization.NORMAL)) {
            assertEquals(Set.of(ModelParts.POOLER, ModelParts.NEXT_SENTENCE), stored.missing(model));
            for (String drawn : List.of("bert.pooler.dense.weight", "cls.seq_relationship.weight")) {
                assertTrue(
                        model.parameters().parameter(drawn).value().meanNumber().doubleValue() != 0, drawn);
            }
        }
    }

    @Test
    void aStoredModelIsReadWithFrozenParameters() {
        Predicate<String> trained = name -> !name.startsWith("bert.embeddings.");
        try (StoredModel stored = ModelDirectory.open(PretrainedFixture.DIRECTORY);
                Kernels kernels = KernelProviders.create("nd4j", DataType.FLOAT);
                Bert whole = stored.readModel(stored.config(), kernels);
                Bert model = stored.readForTraining(
                        stored.config(),
                        List.of(LanguageModelHead.MASKED),
                        trained,
                        kernels,
                        3,
                        Initialization.NORMAL);
                Bert larger = model.ofSameKind(stored.config())) {
            for (Parameter parameter : model.parameters().parameters()) {
                assertEquals(trained.test(parameter.name()), parameter.trained(), parameter.name());
                assertEquals(
                        whole.parameters().parameter(parameter.name()).value(), parameter.value(), parameter.name());
            }
            assertEquals(model.parameters().trainedLength(), larger.parameters().trainedLength(), "of the same kind");
        }
    }
}
