package io.github.cloze4j.model;

import static io.github.cloze4j.model.GoldenTest.assertClose;
import static io.github.cloze4j.model.GoldenTest.largest;
import static io.github.cloze4j.model.GoldenTest.tolerance;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The model with both heads against numbers made with transformers' BertForPreTraining
 * (src/test/python/make_pretraining_fixture.py): there each document stood alone in a padded row, here they are packed.
 */
class PretrainingGoldenTest {
    private static final String CASES = """
            nd4j, DOUBLE
            nd4j, FLOAT
            cpu, FLOAT
            """;

    private final GoldenFixture golden = GoldenFixture.readPretraining();
    private final Batch batch = golden.batch();

    private Bert load(String kernels, DataType type) {
        return GoldenTest.load(
                golden,
                new Bert(
                        golden.config(),
                        List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")),
                        KernelProviders.create(kernels, type)));
    }

    @ParameterizedTest
    @CsvSource(textBlock = CASES)
    void logitsAndLossesAreThoseOfTransformers(String kernels, DataType type) {
        try (Bert model = load(kernels, type);
                TrainingPass pass = GoldenTest.plan(model, batch)) {
            double tolerance = tolerance(type);
            Pending<List<LossSum>> losses = pass.loss(batch);
            double masked = Answers.mean(losses, batch, 0);
            double nextSentence = Answers.mean(losses, batch, 1);

            assertEquals(golden.mlmLoss(), masked, tolerance * golden.mlmLoss());
            assertEquals(golden.nextSentenceLoss(), nextSentence, tolerance * golden.nextSentenceLoss());
            assertEquals(golden.loss(), masked + nextSentence, tolerance * golden.loss());
            assertEquals(correct(), losses.read().get(1).correct());
            double[] logits = Answers.scores(model, batch, 0);
            assertClose("logits", golden.logits(), logits, tolerance * largest(golden.logits()));
            double[] scores = Answers.scores(model, batch, 1);
            double[] expected = golden.nextSentenceLogits();
            assertClose("next-sentence logits", expected, scores, tolerance * largest(expected));
        }
    }

    private int correct() {
        double[] scores = golden.nextSentenceLogits();
        int correct = 0;
        for (int pair = 0; pair < batch.targets().get(1).count(); pair++) {
            int best = scores[2 * pair + 1] > scores[2 * pair] ? 1 : 0;
            correct += best == batch.targets().get(1).labels()[pair] ? 1 : 0;
        }
        return correct;
    }

    @ParameterizedTest
    @CsvSource(textBlock = CASES)
    void everyGradientIsThatOfTransformers(String kernels, DataType type) {
        try (Bert model = load(kernels, type);
                TrainingPass pass = GoldenTest.plan(model, batch)) {
            List<Parameter> parameters = model.parameters().parameters();
            double largest = parameters.stream()
                    .mapToDouble(parameter -> largest(golden.gradient(parameter.name())))
                    .max()
                    .orElseThrow();

            int[] counts = batch.targetCounts();
            pass.forwardBackward(batch, 0, 0, 1.0 / counts[0], 1.0 / counts[1]);

            for (Parameter parameter : parameters) {
                double[] expected = golden.gradient(parameter.name());
                // As in GoldenTest: the gradient of a key's bias is 0 but for rounding.
                double scale = Math.max(largest(expected), 1e-3 * largest);
                double[] received = GoldenFixture.numbers(parameter.gradient());
                assertClose(parameter.name(), expected, received, tolerance(type) * scale);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = CASES)
    void tenStepsOfAdamWAreThoseOfTransformers(String kernels, DataType type) {
        try (Bert model = load(kernels, type);
                TrainingPass pass = GoldenTest.plan(model, batch)) {
            double[] losses = new double[golden.stepLosses().length];
            double[] norms = new double[losses.length];
            GoldenTest.train(model, pass, batch, losses, norms);

            for (int i = 0; i < losses.length; i++) {
                double expected = golden.stepLosses()[i];
                assertEquals(expected, losses[i], tolerance(type) * expected, "loss of step " + (i + 1));
                double norm = golden.gradientNorms()[i];
                assertEquals(norm, norms[i], tolerance(type) * norm, "gradient norm of step " + (i + 1));
            }
        }
    }
}
