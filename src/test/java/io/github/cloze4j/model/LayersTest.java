package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.nn.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Choices of layers: those that are frozen, and top layers with new weights. */
class LayersTest {
    private static final Kernels KERNELS = KernelProviders.create("nd4j", DataType.DOUBLE);
    private static final BertConfig CONFIG = BertConfig.builder(9)
            .hiddenSize(4)
            .numHiddenLayers(12)
            .numAttentionHeads(2)
            .intermediateSize(3)
            .maxPositionEmbeddings(5)
            .build();

    private static Bert model(Predicate<String> trained) {
        TaskHead head = new TaskHead(TaskKind.CLASSIFICATION, List.of("no", "yes"));
        return new Bert(CONFIG, List.of(head.head()), trained, KERNELS);
    }

    /** The parts of a model that hold the parameters that pass a test: a layer's number, or the second part of a name. */
    private static Set<String> parts(Bert model, Predicate<Parameter> test) {
        Set<String> parts = new TreeSet<>();
        model.parameters().parameters().stream()
                .filter(test)
                .map(parameter -> parameter.name().split("\\."))
                .forEach(name -> parts.add(name[1].equals("encoder") ? name[3] : name[0] + "." + name[1]));
        return parts;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "embeddings; bert.embeddings",
                "embeddings,0-5; bert.embeddings 0 1 2 3 4 5",
                "1; 1",
                "11,0,3-3; 0 11 3",
                "0-11,embeddings; 0 1 10 11 2 3 4 5 6 7 8 9 bert.embeddings"
            })
    void aListFreezesWhatItNamesAndNothingElse(String list, String frozen) {
        FrozenLayers layers = FrozenLayers.parse(list);
        layers.requireLayersOf(CONFIG);
        try (Bert model = model(layers::trains)) {
            assertEquals(
                    new TreeSet<>(List.of(frozen.strip().split(" "))), parts(model, parameter -> !parameter.trained()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "embeddings,", "embedding", "-1", "3-1", "0-", "a", "1.5", "0\u20135", "10 - 11", "9999999"})
    void aListOfAnotherFormIsRefused(String list) {
        String message = assertThrows(IllegalArgumentException.class, () -> FrozenLayers.parse(list))
                .getMessage();
        assertTrue(message.endsWith("such as embeddings,0-5. Received: " + list), message);
    }

    @Test
    void aLayerThatTheModelDoesNotHaveIsRefused() {
        FrozenLayers layers = FrozenLayers.parse("3,10-13");
        String message = assertThrows(IllegalArgumentException.class, () -> layers.requireLayersOf(CONFIG))
                .getMessage();
        assertEquals("Expected frozen layers from 0 to 11, those of the model. Received: 12", message);
    }

    @Test
    void topLayersAndThePoolerGetTheWeightsOfANewModelAndTheOthersStay() {
        try (Bert model = model(name -> true);
                Bert fresh = model(name -> true)) {
            model.initialize(1);
            fresh.initialize(2);
            Map<String, double[]> before = new LinkedHashMap<>();
            Map<String, double[]> expected = new LinkedHashMap<>();
            model.parameters().parameters().forEach(p -> before.put(p.name(), values(p)));
            fresh.parameters().parameters().forEach(p -> expected.put(p.name(), values(p)));
            // Biases and LayerNorm begin with the same numbers in every new model, so that they are moved first.
            model.parameters().parameters().forEach(p -> p.value().addi(1));
            model.initializeTopLayers(0, 2);
            assertEquals(Set.of(), parts(model, p -> values(p)[0] != before.get(p.name())[0] + 1));
            model.initializeTopLayers(2, 2);
            assertEquals(
                    Set.of("10", "11", "bert.pooler"), parts(model, p -> values(p)[0] != before.get(p.name())[0] + 1));
            for (Parameter parameter : model.parameters().parameters()) {
                if (parameter.name().matches("bert\\.(encoder\\.layer\\.1[01]|pooler)\\..*")) {
                    assertArrayEquals(expected.get(parameter.name()), values(parameter), parameter.name());
                }
            }
            assertThrows(IllegalArgumentException.class, () -> model.initializeTopLayers(13, 2));
            assertThrows(IllegalArgumentException.class, () -> model.initializeTopLayers(-1, 2));
        }
    }

    private static double[] values(Parameter parameter) {
        return parameter.value().reshape(parameter.length()).toDoubleVector();
    }
}
