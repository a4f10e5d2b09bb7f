package io.github.cloze4j.model;

import static io.github.cloze4j.model.GoldenTest.assertClose;
import static io.github.cloze4j.model.GoldenTest.largest;
import static io.github.cloze4j.model.GoldenTest.tolerance;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.nn.Parameter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Every head of fine-tuning, the next word and the prefix mask against numbers made with transformers
 * (src/test/python/make_head_fixture.py, make_decoder_fixture.py): there each document stood alone, here they are packed.
 */
class HeadGoldenTest {
    /** Head of each file of the fixture, for a loss of classes. */
    private interface Case {
        HeadKind head(ClassLoss loss);
    }

    private static Case task(TaskKind kind, int outputs) {
        return loss -> kind.head(outputs, loss);
    }

    private static final int CLASSES = 5;

    private static final Map<String, Case> CASES = Map.ofEntries(
            Map.entry("classes", task(TaskKind.CLASSIFICATION, CLASSES)),
            Map.entry("classes-smoothed", task(TaskKind.CLASSIFICATION, CLASSES)),
            Map.entry("classes-focal", task(TaskKind.CLASSIFICATION, CLASSES)),
            Map.entry("sets", task(TaskKind.MULTI_LABEL, CLASSES)),
            Map.entry("numbers", task(TaskKind.REGRESSION, 1)),
            Map.entry("tags", task(TaskKind.TAGGING, CLASSES)),
            Map.entry("tags-smoothed", task(TaskKind.TAGGING, CLASSES)),
            Map.entry("questions", task(TaskKind.QUESTION_ANSWERING, 0)),
            Map.entry("choices", task(TaskKind.MULTIPLE_CHOICE, 0)),
            Map.entry("relations", task(TaskKind.RELATIONS, CLASSES)),
            Map.entry("relations-focal", task(TaskKind.RELATIONS, CLASSES)),
            Map.entry("next-word", loss -> LanguageModelHead.NEXT_WORD),
            Map.entry("prefix", loss -> LanguageModelHead.PREFIX));

    static Stream<Arguments> cases() {
        return CASES.keySet().stream()
                .sorted()
                .flatMap(name -> Stream.of(
                        Arguments.of(name, "nd4j", DataType.DOUBLE),
                        Arguments.of(name, "nd4j", DataType.FLOAT),
                        Arguments.of(name, "cpu", DataType.FLOAT)));
    }

    private static Bert load(String name, GoldenFixture golden, String kernels, DataType type) {
        HeadKind head = Objects.requireNonNull(CASES.get(name)).head(golden.classLoss());
        return GoldenTest.load(golden, new Bert(golden.config(), List.of(head), KernelProviders.create(kernels, type)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void scoresAndLossAreThoseOfTransformers(String name, String kernels, DataType type) {
        GoldenFixture golden = GoldenFixture.readHead(name);
        Batch batch = golden.batch();
        assertEquals(name.matches(".*-(smoothed|focal)"), !golden.classLoss().equals(ClassLoss.PLAIN));
        try (Bert model = load(name, golden, kernels, type);
                TrainingPass pass = GoldenTest.plan(model, batch)) {
            Pending<List<LossSum>> loss = pass.loss(batch);

            assertEquals(golden.loss(), Answers.mean(loss, batch, 0), tolerance(type) * golden.loss());
            int correct = name.equals("numbers") ? LossSum.NO_ANSWERS : golden.correctAnswers();
            assertEquals(correct, loss.read().get(0).correct());
            double[] scores = Answers.scores(model, batch, 0);
            assertClose("scores", golden.logits(), scores, tolerance(type) * largest(golden.logits()));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyGradientIsThatOfTransformers(String name, String kernels, DataType type) {
        GoldenFixture golden = GoldenFixture.readHead(name);
        Batch batch = golden.batch();
        try (Bert model = load(name, golden, kernels, type);
                TrainingPass pass = GoldenTest.plan(model, batch)) {
            List<Parameter> parameters = model.parameters().parameters();
            double largest = parameters.stream()
                    .mapToDouble(parameter -> largest(golden.gradient(parameter.name())))
                    .max()
                    .orElseThrow();

            pass.forwardBackward(batch, 0, 0, 1.0 / batch.answerCounts()[0]);

            for (Parameter parameter : parameters) {
                double[] expected = golden.gradient(parameter.name());
                // As in GoldenTest: the gradient of a key's bias is 0 but for rounding.
                double scale = Math.max(largest(expected), 1e-3 * largest);
                double[] received = GoldenFixture.numbers(model.parameters().kernels(), parameter.gradient());
                assertClose(parameter.name(), expected, received, tolerance(type) * scale);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tenStepsOfAdamWAreThoseOfTransformers(String name, String kernels, DataType type) {
        GoldenFixture golden = GoldenFixture.readHead(name);
        try (Bert model = load(name, golden, kernels, type);
                TrainingPass pass = GoldenTest.plan(model, golden.batch())) {
            double[] losses = new double[golden.stepLosses().length];
            double[] norms = new double[losses.length];
            GoldenTest.train(model, pass, golden.batch(), losses, norms);

            assertEquals(10, losses.length);
            for (int i = 0; i < losses.length; i++) {
                double expected = golden.stepLosses()[i];
                assertEquals(expected, losses[i], tolerance(type) * expected, "loss of step " + (i + 1));
                double norm = golden.gradientNorms()[i];
                assertEquals(norm, norms[i], tolerance(type) * norm, "gradient norm of step " + (i + 1));
            }
        }
    }
}
