package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.GradientCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class BertGradientTest {
    private static final long SEED = 7;

    static BertConfig tiny(Activation activation, double dropout) {
        return new BertConfig(23, 4, 2, 2, 6, activation, dropout, dropout, 16, 2, 0.3, 1e-12, true);
    }

    /** Two rows of seven: documents of 3 and 4 tokens; of 5, and two of padding. */
    static MlmBatch batch() {
        return new MlmBatch(
                2,
                7,
                new int[] {2, 5, 3, 2, 6, 7, 3, 2, 9, 10, 9, 3, 0, 0},
                new int[] {0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0},
                new int[] {0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1},
                new int[] {0, 3, 7, 12, 14},
                new int[] {1, 5, 9, 10},
                new int[] {11, 12, 22, 5},
                12);
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
                false);
    }

    @ParameterizedTest
    @CsvSource({"GELU, true", "GELU_TANH, true", "GELU, false"})
    void everyParameterAgreesWithCentralDifferencesUnderDropout(Activation activation, boolean tied) {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig config = tied ? tiny(activation, 0.2) : untied(tiny(activation, 0.2));
        try (BertForMaskedLm model = new BertForMaskedLm(config, kernels, DataType.DOUBLE);
                MlmPass pass = model.plan(2, 7, 6)) {
            model.initialize(SEED);
            disturb(model);
            MlmBatch batch = batch();
            model.parameters().zeroGradients();
            pass.forwardBackward(batch, SEED, 3, 0.25);
            for (Parameter parameter : model.parameters().parameters()) {
                double error = GradientCheck.relativeError(
                        kernels,
                        parameter.value(),
                        parameter.gradient(),
                        () -> 0.25 * pass.forward(batch, SEED, 3).read().sum());
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
        try (BertForMaskedLm model = new BertForMaskedLm(config, true, kernels, DataType.DOUBLE);
                MlmPass pass = model.plan(2, 7, 6)) {
            model.initialize(SEED);
            disturb(model);
            MlmBatch batch = batchWithPairs();
            pass.forwardBackward(batch, SEED, 3, 0.25, 0.75);
            for (Parameter parameter : model.parameters().parameters()) {
                double error = GradientCheck.relativeError(kernels, parameter.value(), parameter.gradient(), () -> {
                    MlmLoss loss = pass.forward(batch, SEED, 3).read();
                    return 0.25 * loss.sum() + 0.75 * loss.nextSentence().sum();
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
        try (BertForMaskedLm one = new BertForMaskedLm(config, kernels, DataType.DOUBLE);
                BertForMaskedLm both = new BertForMaskedLm(config, true, kernels, DataType.DOUBLE);
                MlmPass passOfOne = one.plan(2, 7, 6);
                MlmPass passOfBoth = both.plan(2, 7, 6)) {
            one.initialize(SEED);
            both.initialize(SEED);
            MlmLoss expected = passOfOne.forwardBackward(batch(), SEED, 3, 0.25).read();
            MlmLoss received =
                    passOfBoth.forwardBackward(batch(), SEED, 3, 0.25, 0.75).read();

            assertEquals(expected, received, "a batch without pairs has no second loss");
            assertEquals(NextSentenceLoss.ZERO, expected.nextSentence());
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
            assertThrows(IllegalArgumentException.class, () -> passOfOne.nextSentenceLogits(batchWithPairs()));
            assertThrows(IllegalArgumentException.class, () -> passOfBoth.nextSentenceLogits(batch()));
        }
    }

    @Test
    void anUntiedDecoderIsAParameterOfItsOwn() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig tied = tiny(Activation.GELU, 0.1);
        try (BertForMaskedLm with = new BertForMaskedLm(untied(tied), kernels, DataType.DOUBLE);
                BertForMaskedLm without = new BertForMaskedLm(tied, kernels, DataType.DOUBLE)) {
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
        BertConfig oneType = new BertConfig(23, 4, 1, 2, 6, Activation.GELU, 0, 0, 16, 1, 0.3, 1e-12, true);
        try (BertForMaskedLm model = new BertForMaskedLm(oneType, true, kernels, DataType.DOUBLE);
                MlmPass pass = model.plan(2, 7, 6)) {
            assertThrows(IllegalArgumentException.class, () -> pass.evaluate(batchWithPairs()));
        }
    }

    /** {@link #batch} whose second and third document are pairs. */
    static MlmBatch batchWithPairs() {
        MlmBatch batch = batch();
        return new MlmBatch(
                batch.rows(),
                batch.seqLen(),
                batch.tokenIds(),
                new int[] {0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0},
                batch.positionIds(),
                batch.documentOffsets(),
                batch.maskedPositions(),
                batch.labels(),
                batch.realTokens(),
                new int[] {3, 7},
                new int[] {1, 0});
    }

    @Test
    void theHeadAloneIsInitializedAsWithTheWholeModel() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig config = untied(tiny(Activation.GELU, 0.1));
        try (BertForMaskedLm whole = new BertForMaskedLm(config, kernels, DataType.DOUBLE);
                BertForMaskedLm head = new BertForMaskedLm(config, kernels, DataType.DOUBLE)) {
            whole.initialize(SEED);
            head.initializeHead(SEED, Initialization.NORMAL);
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
        try (BertForMaskedLm model = new BertForMaskedLm(config, kernels, DataType.DOUBLE);
                MlmPass whole = model.plan(2, 7, 6);
                MlmPass chunked = new MlmPass(model, 2, 7, 6, false, 3 * config.vocabSize() + 1)) {
            model.initialize(SEED);
            MlmLoss loss = whole.forwardBackward(batch(), SEED, 1, 0.5).read();
            INDArray gradients = model.parameters().gradients().flat().dup();
            model.parameters().zeroGradients();
            MlmLoss inChunks = chunked.forwardBackward(batch(), SEED, 1, 0.5).read();
            INDArray difference = model.parameters().gradients().flat().sub(gradients);

            assertEquals(loss.sum(), inChunks.sum(), 1e-12);
            assertEquals(loss.correct(), inChunks.correct());
            assertEquals(0, difference.norm2Number().doubleValue(), 1e-12);
            assertEquals(
                    whole.evaluate(batch()).read().sum(),
                    chunked.evaluate(batch()).read().sum(),
                    1e-12);
            assertThrows(IllegalArgumentException.class, () -> chunked.logits(batch()));
        }
    }

    /** Five layers, so that several share their memory; with dropout, whose masks must come again. */
    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "cpu, FLOAT"})
    void activationsThatAreComputedAgainGiveTheSameGradientsToTheLastBit(String provider, DataType type) {
        Kernels kernels = KernelProviders.create(provider, type);
        BertConfig config =
                tiny(Activation.GELU, 0.2).toBuilder().numHiddenLayers(5).build();
        try (BertForMaskedLm model = new BertForMaskedLm(config, kernels, type);
                MlmPass kept = model.plan(2, 7, 6);
                MlmPass again = model.plan(2, 7, 6, true)) {
            model.initialize(SEED);
            MlmLoss loss = kept.forwardBackward(batch(), SEED, 1, 0.5).read();
            double[] gradients =
                    GoldenFixture.numbers(model.parameters().gradients().flat());
            model.parameters().zeroGradients();
            assertEquals(loss, again.forwardBackward(batch(), SEED, 1, 0.5).read());
            assertArrayEquals(
                    gradients,
                    GoldenFixture.numbers(model.parameters().gradients().flat()));
            assertEquals(again.bytes(), model.memory().activationBytes(2, 7, 6, true));
            assertTrue(again.bytes() < 0.7 * kept.bytes(), again.bytes() + " of " + kept.bytes());
        }
    }

    @Test
    void gradientsOfMicroBatchesAddUp() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        try (BertForMaskedLm model = new BertForMaskedLm(tiny(Activation.GELU, 0.1), kernels, DataType.DOUBLE);
                MlmPass pass = model.plan(2, 7, 6)) {
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
    static void disturb(BertForMaskedLm model) {
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
