package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.GradientCheck;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.TrainingConfig;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Low-rank updates of every linear layer, with dropout. */
class LoraGradientTest {
    private static final long SEED = 7;
    private static final PassShape SHAPE = new PassShape(2, 7, new int[] {6}, false);

    static LoraConfig lora(double dropout, Set<LowRankTarget> targets) {
        return new LoraConfig(3, 4, dropout, targets, true);
    }

    static Bert model(LoraConfig lora, Kernels kernels) {
        Bert model = new Bert(
                BertGradientTest.tiny(Activation.GELU, 0.2),
                List.of(LanguageModelHead.MASKED),
                LoraConfig::trains,
                lora,
                kernels);
        model.initialize(SEED);
        RandomStream random = new RandomStream(SEED, 4, 5, 6);
        for (Parameter parameter : model.parameters().parameters()) {
            if (LowRank.isParameter(parameter.name())) {
                double[] numbers = new double[Math.toIntExact(parameter.length())];
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = 0.5 * random.nextGaussian();
                }
                GoldenFixture.write(kernels, parameter.value(), numbers);
            }
        }
        return model;
    }

    @ParameterizedTest
    @CsvSource({"0.3", "0"})
    void gradientsAgreeWithCentralDifferences(double dropout) {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        try (Bert model = model(lora(dropout, EnumSet.allOf(LowRankTarget.class)), kernels);
                TrainingPass pass = model.trainingPass(SHAPE)) {
            Batch batch = BertGradientTest.batch();
            model.parameters().zeroGradients();
            pass.forwardBackward(batch, SEED, 3, 0.25);
            int trained = 0;
            for (Parameter parameter : model.parameters().parameters()) {
                assertEquals(LowRank.isParameter(parameter.name()), parameter.trained(), parameter.name());
                if (parameter.trained()) {
                    trained++;
                    double error = GradientCheck.relativeError(
                            kernels,
                            parameter.value(),
                            parameter.gradient(),
                            () -> 0.25 * pass.loss(batch, SEED, 3).read().get(0).sum());
                    assertTrue(error <= 1e-6, parameter.name() + ": " + error);
                }
            }
            assertEquals(2 * 2 * LowRankTarget.values().length, trained);
        }
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "cpu, FLOAT"})
    void activationsThatAreComputedAgainGiveTheSameGradients(String provider, DataType type) {
        Kernels kernels = KernelProviders.create(provider, type);
        try (Bert model = model(lora(0.3, EnumSet.allOf(LowRankTarget.class)), kernels);
                TrainingPass kept = model.trainingPass(SHAPE);
                TrainingPass again = model.trainingPass(new PassShape(2, 7, new int[] {6}, true))) {
            List<LossSum> loss =
                    kept.forwardBackward(BertGradientTest.batch(), SEED, 1, 0.5).read();
            double[] gradients = GoldenFixture.numbers(
                    kernels, model.parameters().gradients().flat());
            model.parameters().zeroGradients();
            assertEquals(
                    loss,
                    again.forwardBackward(BertGradientTest.batch(), SEED, 1, 0.5)
                            .read());
            assertArrayEquals(
                    gradients,
                    GoldenFixture.numbers(
                            kernels, model.parameters().gradients().flat()));
            assertEquals(kept.bytes(), model.memory().activationBytes(SHAPE));
        }
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-12", "cpu, FLOAT, 1e-5"})
    void mergedEqualsUnmerged(String provider, DataType type, double tolerance) {
        Kernels kernels = KernelProviders.create(provider, type);
        try (Bert model = model(lora(0.3, EnumSet.allOf(LowRankTarget.class)), kernels);
                Bert merged = model.merged()) {
            double[] expected = Answers.scores(model, BertGradientTest.batch(), 0);
            assertArrayEquals(expected, Answers.scores(merged, BertGradientTest.batch(), 0), tolerance);
            assertThrows(IllegalArgumentException.class, merged::merged);
            try (Bert without = new Bert(model.config(), List.of(LanguageModelHead.MASKED), kernels)) {
                without.initialize(SEED);
                double[] ofBase = Answers.scores(without, BertGradientTest.batch(), 0);
                double largest = 0;
                for (int i = 0; i < ofBase.length; i++) {
                    largest = Math.max(largest, Math.abs(ofBase[i] - expected[i]));
                }
                assertTrue(largest > 0.01, "the updates make a difference of " + largest);
            }
        }
    }

    @Test
    void frozenWeightsTakeNoGradientAndNoMoments() {
        Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
        TrainingConfig config = TrainingConfig.builder().steps(1).build();
        try (Bert full = new Bert(
                        BertGradientTest.tiny(Activation.GELU, 0.2), List.of(LanguageModelHead.MASKED), kernels);
                Bert adapted = model(lora(0, EnumSet.of(LowRankTarget.QUERY)), kernels)) {
            MemoryPlan ofAll = MemoryPlan.ofTraining(full.memory(), SHAPE, config);
            MemoryPlan ofUpdates = MemoryPlan.ofTraining(adapted.memory(), SHAPE, config);
            assertEquals(ofAll.parameters(), ofAll.gradients());
            assertTrue(ofUpdates.gradients() < ofAll.gradients() / 4, ofUpdates.toString());
            assertEquals(2 * ofUpdates.gradients(), ofUpdates.moments());
            assertTrue(
                    ofUpdates.describe().contains(" of them trained)")
                            && !ofAll.describe().contains(" of them trained)"),
                    ofUpdates.describe());
        }
    }

    /** The figures of docs/lora.md. */
    @Test
    void anAdapterOfBertBaseTakesLessMemory() {
        Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
        BertConfig base = BertConfig.builder(30_522).build();
        List<HeadKind> heads = List.of(ClassifierHead.ofClasses(2, ClassLoss.PLAIN));
        TrainingConfig config = TrainingConfig.builder().steps(1).build();
        PassShape shape = new PassShape(16, 128, new int[] {16}, false);
        MemoryPlan full = MemoryPlan.ofTraining(BertMemory.of(base, heads, kernels), shape, config);
        MemoryPlan lora = MemoryPlan.ofTraining(
                BertMemory.of(base, heads, LoraConfig::trains, LoraConfig.DEFAULT, kernels), shape, config);
        assertEquals("3.12 GB", full.describe().substring(0, 7));
        assertEquals("1.82 GB", lora.describe().substring(0, 7));
    }
}
