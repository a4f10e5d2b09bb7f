package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.GradientCheck;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class BertGradientTest {
    private static final long SEED = 7;
    private static final PassShape RECOMPUTED = new PassShape(2, 7, new int[] {6}, true);

    static BertConfig tiny(Activation activation, double dropout) {
        return new BertConfig(23, 4, 2, 2, 6, activation, dropout, dropout, 16, 2, 0.3, 1e-12, true, null, false);
    }

    /** Two rows of seven: documents of 3 and 4 tokens; of 5, and two of padding. */
    static Batch batch() {
        return new Batch(
                2,
                7,
                new int[] {2, 5, 3, 2, 6, 7, 3, 2, 9, 10, 9, 3, 0, 0},
                new int[] {0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0},
                new int[] {0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1},
                Documents.bidirectional(new int[] {0, 3, 7, 12, 14}),
                12,
                List.of(new Targets(new int[] {1, 5, 9, 10}, new int[] {11, 12, 22, 5})));
    }

    static BertConfig untied(BertConfig config) {
        return new BertConfig(
                config.vocabSize(),
                config.hiddenSize(),
                config.numHiddenLayers(),
                config.numAttentionHeads(),
                config.intermediateSize(),
                config.hiddenAct(),
                config.hiddenDropoutProb(),
                config.attentionProbsDropoutProb(),
                config.maxPositionEmbeddings(),
                config.typeVocabSize(),
                config.initializerRange(),
                config.layerNormEps(),
                false,
                null,
                false);
    }

    @ParameterizedTest
    @CsvSource({"GELU, true", "GELU_TANH, true", "GELU, false"})
    void everyParameterAgreesWithCentralDifferencesUnderDropout(Activation activation, boolean tied) {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig config = tied ? tiny(activation, 0.2) : untied(tiny(activation, 0.2));
        try (Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
                TrainingPass pass = model.trainingPass(2, 7, 6)) {
            model.initialize(SEED);
            disturb(model);
            Batch batch = batch();
            model.parameters().zeroGradients();
            pass.forwardBackward(batch, SEED, 3, 0.25);
            for (Parameter parameter : model.parameters().parameters()) {
                double error = GradientCheck.relativeError(
                        kernels,
                        parameter.value(),
                        parameter.gradient(),
                        () -> 0.25 * pass.loss(batch, SEED, 3).read().get(0).sum());
                // The keys' bias moves all scores of a query alike, which softmax does not feel: its gradient is 0.
                if (parameter.name().endsWith("key.bias")) {
                    assertEquals(0, parameter.gradient().norm2Number().doubleValue(), 1e-12);
                } else {
                    assertTrue(error <= 1e-6, parameter.name() + ": " + error);
                }
            }
        }
    }

    @Test
    void everyParameterAgreesWithCentralDifferencesWithPairs() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig config = tiny(Activation.GELU, 0.2);
        try (Bert model = new Bert(config, List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")), kernels);
                TrainingPass pass = model.trainingPass(2, 7, 6, 2)) {
            model.initialize(SEED);
            disturb(model);
            Batch batch = batchWithPairs();
            pass.forwardBackward(batch, SEED, 3, 0.25, 0.75);
            for (Parameter parameter : model.parameters().parameters()) {
                double error = GradientCheck.relativeError(kernels, parameter.value(), parameter.gradient(), () -> {
                    List<LossSum> losses = pass.loss(batch, SEED, 3).read();
                    return 0.25 * losses.get(0).sum() + 0.75 * losses.get(1).sum();
                });
                if (!parameter.name().endsWith("key.bias")) {
                    assertTrue(error <= 1e-6, parameter.name() + ": " + error);
                    assertTrue(parameter.gradient().norm2Number().doubleValue() > 0, parameter.name());
                }
            }
        }
    }

    @Test
    void theSecondHeadLeavesTheFirstAsItIs() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig config = tiny(Activation.GELU, 0.2);
        try (Bert one = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
                Bert both =
                        new Bert(config, List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")), kernels);
                TrainingPass passOfOne = one.trainingPass(2, 7, 6);
                TrainingPass passOfBoth = both.trainingPass(2, 7, 6, 2)) {
            one.initialize(SEED);
            both.initialize(SEED);
            List<LossSum> expected =
                    passOfOne.forwardBackward(batch(), SEED, 3, 0.25).read();
            Batch withoutPairs =
                    with(batch(), batch().tokenTypeIds(), batch().targets().get(0), Targets.NONE);
            List<LossSum> received = passOfBoth
                    .forwardBackward(withoutPairs, SEED, 3, 0.25, 0.75)
                    .read();

            assertEquals(List.of(expected.get(0), LossSum.ZERO), received, "a batch without pairs has no second loss");
            for (Parameter parameter : one.parameters().parameters()) {
                Parameter same = both.parameters().parameter(parameter.name());
                assertEquals(parameter.value(), same.value(), parameter.name());
                assertEquals(parameter.gradient(), same.gradient(), parameter.name());
            }
            assertEquals(
                    0,
                    both.parameters()
                            .parameter("bert.pooler.dense.weight")
                            .gradient()
                            .norm2Number()
                            .doubleValue());
            assertThrows(IllegalArgumentException.class, () -> passOfOne.loss(batchWithPairs()));
            assertThrows(IllegalArgumentException.class, () -> passOfBoth.loss(batch()));
        }
    }

    @Test
    void anUntiedDecoderIsAParameterOfItsOwn() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig tied = tiny(Activation.GELU, 0.1);
        try (Bert with = new Bert(untied(tied), List.of(LanguageModelHead.MASKED), kernels);
                Bert without = new Bert(tied, List.of(LanguageModelHead.MASKED), kernels)) {
            Parameter decoder = with.parameters().parameter("cls.predictions.decoder.weight");
            assertArrayEquals(new long[] {tied.vocabSize(), tied.hiddenSize()}, decoder.shape());
            assertTrue(decoder.decayed());
            assertEquals(
                    without.parameters().parameterCount() + decoder.length(),
                    with.parameters().parameterCount());
            assertThrows(
                    IllegalArgumentException.class, () -> without.parameters().parameter(decoder.name()));
        }
    }

    @Test
    void pairsNeedTwoTokenTypes() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig oneType =
                new BertConfig(23, 4, 1, 2, 6, Activation.GELU, 0, 0, 16, 1, 0.3, 1e-12, true, null, false);
        try (Bert model = new Bert(oneType, List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")), kernels);
                TrainingPass pass = model.trainingPass(2, 7, 6, 2)) {
            assertThrows(IllegalArgumentException.class, () -> pass.loss(batchWithPairs()));
        }
    }

    /** {@link #batch} whose second and third document are pairs. */
    static Batch batchWithPairs() {
        return with(
                batch(),
                new int[] {0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0},
                batch().targets().get(0),
                new Targets(new int[] {3, 7}, new int[] {1, 0}));
    }

    private static Batch with(Batch batch, int[] tokenTypeIds, Targets... targets) {
        return new Batch(
                batch.rows(),
                batch.seqLen(),
                batch.tokenIds(),
                tokenTypeIds,
                batch.positionIds(),
                batch.documents(),
                batch.realTokens(),
                List.of(targets));
    }

    @Test
    void theHeadAloneIsInitializedAsWithTheWholeModel() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig config = untied(tiny(Activation.GELU, 0.1));
        try (Bert whole = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
                Bert head = new Bert(config, List.of(LanguageModelHead.MASKED), kernels)) {
            whole.initialize(SEED);
            head.initialize(SEED, Initialization.NORMAL, name -> name.startsWith(LanguageModelHead.PARAMETERS));
            for (Parameter parameter : whole.parameters().parameters()) {
                boolean ofHead = parameter.name().startsWith("cls.predictions.");
                double[] expected = ofHead
                        ? GoldenFixture.numbers(parameter.value())
                        : new double[Math.toIntExact(parameter.length())];
                double[] received = GoldenFixture.numbers(
                        head.parameters().parameter(parameter.name()).value());
                assertArrayEquals(expected, received, parameter.name());
            }
        }
    }

    @Test
    void aHeadInChunksIsTheHead() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig config = tiny(Activation.GELU, 0.1);
        // Chunks of 3 positions for 4; the batch's second chunk is shorter.
        try (Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
                TrainingPass whole = model.trainingPass(2, 7, 6);
                TrainingPass chunked = new TrainingPass(
                        model, new PassShape(2, 7, new int[] {6}, false), 3 * config.vocabSize() + 1)) {
            model.initialize(SEED);
            LossSum loss = whole.forwardBackward(batch(), SEED, 1, 0.5).read().get(0);
            INDArray gradients = model.parameters().gradients().flat().dup();
            model.parameters().zeroGradients();
            LossSum inChunks =
                    chunked.forwardBackward(batch(), SEED, 1, 0.5).read().get(0);
            INDArray difference = model.parameters().gradients().flat().sub(gradients);

            assertEquals(loss.sum(), inChunks.sum(), 1e-12);
            assertEquals(loss.correct(), inChunks.correct());
            assertEquals(0, difference.norm2Number().doubleValue(), 1e-12);
            assertEquals(
                    whole.loss(batch()).read().get(0).sum(),
                    chunked.loss(batch()).read().get(0).sum(),
                    1e-12);
        }
    }

    /** Five layers, so that several share their memory; with dropout, whose masks must come again. */
    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "cpu, FLOAT"})
    void activationsThatAreComputedAgainGiveTheSameGradientsToTheLastBit(String provider, DataType type) {
        Kernels kernels = KernelProviders.create(provider, type);
        BertConfig config =
                tiny(Activation.GELU, 0.2).toBuilder().numHiddenLayers(5).build();
        try (Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
                TrainingPass kept = model.trainingPass(2, 7, 6);
                TrainingPass again = model.trainingPass(RECOMPUTED)) {
            model.initialize(SEED);
            List<LossSum> loss = kept.forwardBackward(batch(), SEED, 1, 0.5).read();
            double[] gradients =
                    GoldenFixture.numbers(model.parameters().gradients().flat());
            model.parameters().zeroGradients();
            assertEquals(loss, again.forwardBackward(batch(), SEED, 1, 0.5).read());
            assertArrayEquals(
                    gradients,
                    GoldenFixture.numbers(model.parameters().gradients().flat()));
            assertEquals(again.bytes(), model.memory().activationBytes(RECOMPUTED));
            assertTrue(again.bytes() < 0.7 * kept.bytes(), again.bytes() + " of " + kept.bytes());
        }
    }

    @Test
    void gradientsOfMicroBatchesAddUp() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        try (Bert model = new Bert(tiny(Activation.GELU, 0.1), List.of(LanguageModelHead.MASKED), kernels);
                TrainingPass pass = model.trainingPass(2, 7, 6)) {
            model.initialize(SEED);
            model.parameters().zeroGradients();
            pass.forwardBackward(batch(), SEED, 1, 0.5);
            INDArray once = model.parameters().gradients().flat().dup();
            pass.forwardBackward(batch(), SEED, 1, 0.5);
            double difference = model.parameters()
                    .gradients()
                    .flat()
                    .sub(once.mul(2))
                    .norm2Number()
                    .doubleValue();
            assertTrue(once.norm2Number().doubleValue() > 0);
            assertEquals(0, difference, 1e-12);
        }
    }

    /** Moves biases and LayerNorm parameters away from 0 and 1, where mistakes would not show. */
    static void disturb(Bert model) {
        RandomStream random = new RandomStream(SEED, 1, 2, 3);
        for (Parameter parameter : model.parameters().parameters()) {
            if (!parameter.decayed()) {
                for (long i = 0; i < parameter.length(); i++) {
                    parameter.value().putScalar(i, parameter.value().getDouble(i) + 0.2 * random.nextGaussian());
                }
            }
        }
    }
}
