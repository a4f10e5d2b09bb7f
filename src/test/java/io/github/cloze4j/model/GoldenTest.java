package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The model against numbers made with PyTorch and transformers (src/test/python/make_golden_fixture.py): there each
 * document stood alone in a padded row, here they are packed.
 */
class GoldenTest {
    private static final long SEED = 0;
    private static final String CASES = """
            nd4j, DOUBLE, gelu
            nd4j, DOUBLE, gelu_new
            nd4j, DOUBLE, untied
            nd4j, FLOAT, gelu
            nd4j, FLOAT, gelu_new
            nd4j, FLOAT, untied
            cpu, FLOAT, gelu
            cpu, FLOAT, gelu_new
            cpu, FLOAT, untied
            """;

    @ParameterizedTest
    @CsvSource(textBlock = CASES)
    void logitsAndLossAreThoseOfPyTorch(String kernels, DataType type, String fixture) {
        GoldenFixture golden = GoldenFixture.read(fixture);
        try (Bert model = load(golden, kernels, type);
                TrainingPass pass = plan(model, golden.batch())) {
            Pending<List<LossSum>> loss = pass.loss(golden.batch());

            assertEquals(golden.loss(), Answers.mean(loss, golden.batch(), 0), tolerance(type) * golden.loss());
            assertEquals(golden.correct(), loss.read().get(0).correct());
            double[] logits = Answers.scores(model, golden.batch(), 0);
            assertClose("logits", golden.logits(), logits, tolerance(type) * largest(golden.logits()));
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = CASES)
    void everyGradientIsThatOfPyTorch(String kernels, DataType type, String fixture) {
        GoldenFixture golden = GoldenFixture.read(fixture);
        try (Bert model = load(golden, kernels, type);
                TrainingPass pass = plan(model, golden.batch())) {
            List<Parameter> parameters = model.parameters().parameters();
            double largest = parameters.stream()
                    .mapToDouble(parameter -> largest(golden.gradient(parameter.name())))
                    .max()
                    .orElseThrow();

            int masked = golden.batch().targets().get(0).count();
            Pending<List<LossSum>> loss = pass.forwardBackward(golden.batch(), SEED, 0, 1.0 / masked);

            assertEquals(golden.loss(), Answers.mean(loss, golden.batch(), 0), tolerance(type) * golden.loss());
            for (Parameter parameter : parameters) {
                double[] expected = golden.gradient(parameter.name());
                // The gradient of a key's bias is 0 but for rounding, so no tensor is measured by less than a part of
                // all.
                double scale = Math.max(largest(expected), 1e-3 * largest);
                assertClose(
                        parameter.name(),
                        expected,
                        GoldenFixture.numbers(model.parameters().kernels(), parameter.gradient()),
                        tolerance(type) * scale);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = CASES)
    void gradientsAccumulate(String kernels, DataType type, String fixture) {
        GoldenFixture golden = GoldenFixture.read(fixture);
        try (Bert model = load(golden, kernels, type);
                TrainingPass pass = plan(model, golden.batch())) {
            pass.forwardBackward(
                    golden.batch(),
                    SEED,
                    0,
                    0.75 / golden.batch().targets().get(0).count());
            pass.forwardBackward(
                    golden.batch(),
                    SEED,
                    1,
                    0.25 / golden.batch().targets().get(0).count());

            String words = "bert.embeddings.word_embeddings.weight";
            double[] expected = golden.gradient(words);
            double[] received = GoldenFixture.numbers(
                    model.parameters().kernels(),
                    model.parameters().parameter(words).gradient());
            assertClose(words, expected, received, tolerance(type) * largest(expected));
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = CASES)
    void tenStepsOfAdamWAreThoseOfPyTorch(String kernels, DataType type, String fixture) {
        GoldenFixture golden = GoldenFixture.read(fixture);
        try (Bert model = load(golden, kernels, type);
                TrainingPass pass = plan(model, golden.batch())) {
            double[] losses = new double[golden.stepLosses().length];
            double[] norms = new double[losses.length];
            train(model, pass, golden.batch(), losses, norms);

            for (int i = 0; i < losses.length; i++) {
                double expected = golden.stepLosses()[i];
                assertEquals(expected, losses[i], tolerance(type) * expected, "loss of step " + (i + 1));
                double norm = golden.gradientNorms()[i];
                assertEquals(norm, norms[i], tolerance(type) * norm, "gradient norm of step " + (i + 1));
            }
        }
    }

    /** Learning rate 1e-3, betas 0.9 and 0.98, epsilon 1e-6, decay 0.01, norm clipped at 1 as PyTorch does it. */
    static void train(Bert model, TrainingPass pass, Batch batch, double[] losses, double[] norms) {
        ParameterStore store = model.parameters();
        Kernels kernels = store.kernels();
        long decayed = store.decayedLength();
        long rest = store.length() - decayed;
        try (Arena first = Arena.allocate(store.type(), store.length());
                Arena second = Arena.allocate(store.type(), store.length())) {
            for (int step = 1; step <= losses.length; step++) {
                store.zeroGradients();
                double[] scales = batch.targets().stream()
                        .mapToDouble(targets -> 1.0 / targets.answers())
                        .toArray();
                Pending<List<LossSum>> loss = pass.forwardBackward(batch, SEED, step, scales);
                for (int head = 0; head < scales.length; head++) {
                    losses[step - 1] += Answers.mean(loss, batch, head);
                }
                Pending<Double> squaredNorm =
                        kernels.squaredNorm(store.gradients().flat());
                norms[step - 1] = Math.sqrt(squaredNorm.read());
                Clipping clip = new Clipping(squaredNorm, 1, 1e-6);
                for (boolean decays : new boolean[] {true, false}) {
                    long offset = decays ? 0 : decayed;
                    long length = decays ? decayed : rest;
                    kernels.adamW(
                            store.values().view(offset, length),
                            store.gradients().view(offset, length),
                            first.view(offset, length),
                            second.view(offset, length),
                            new AdamWStep(1e-3, 0.9, 0.98, 1e-6, decays ? 0.01 : 0, step, true, clip));
                }
            }
        }
    }

    private static Bert load(GoldenFixture golden, String kernels, DataType type) {
        BertConfig config = golden.config();
        return load(golden, new Bert(config, List.of(LanguageModelHead.MASKED), KernelProviders.create(kernels, type)));
    }

    static Bert load(GoldenFixture golden, Bert model) {
        List<Parameter> parameters = model.parameters().parameters();
        assertEquals(
                new TreeSet<>(golden.parameterNames()),
                parameters.stream().map(Parameter::name).collect(Collectors.toCollection(TreeSet::new)));
        for (Parameter parameter : parameters) {
            assertArrayEquals(golden.shape(parameter.name()), parameter.shape(), parameter.name());
            GoldenFixture.write(model.parameters().kernels(), parameter.value(), golden.weight(parameter.name()));
        }
        return model;
    }

    static TrainingPass plan(Bert model, Batch batch) {
        // One more than there are, so that views shorter than their plan are tried too.
        int[] most = batch.targets().stream()
                .mapToInt(targets -> targets.count() + 1)
                .toArray();
        return model.trainingPass(batch.rows(), batch.seqLen(), most);
    }

    static double tolerance(DataType type) {
        return type == DataType.DOUBLE ? 1e-8 : 1e-4;
    }

    static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }

    static void assertClose(String what, double[] expected, double[] received, double tolerance) {
        assertEquals(expected.length, received.length, what);
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < expected.length; i++) {
            // Written so that NaN is wrong.
            if (!(Math.abs(expected[i] - received[i]) <= tolerance)) {
                wrong.add("[" + i + "] expected " + expected[i] + ", received " + received[i]);
            }
        }
        assertTrue(
                wrong.isEmpty(),
                () -> what + ": " + wrong.size() + " of " + expected.length + " differ by more than " + tolerance + ": "
                        + wrong.subList(0, Math.min(5, wrong.size())));
    }
}
