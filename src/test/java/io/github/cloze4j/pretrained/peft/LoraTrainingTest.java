package io.github.cloze4j.pretrained.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.GradientClipping;
import io.github.cloze4j.train.TrainingConfig;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Five steps of an adapter, its pooler and its head, against PEFT in double precision (src/test/python/make_lora_fixture.py). */
class LoraTrainingTest {
    private static final String FILE = "training.safetensors";
    private static final String NAME = "classification";
    private static final double RATE = 1e-2;
    private static final int BATCH = 4;

    /** Five roundings of numbers up to 2 in single precision. */
    private static final double STEPS_ROUNDING = 5 * 0x1p-24;

    private static Batch batch(int step) {
        List<int[]> texts = IntStream.range(0, BATCH)
                .mapToObj(text -> LoraFixture.integers(FILE, step + "/text/" + text))
                .toList();
        int[] firsts =
                IntStream.range(0, BATCH).map(text -> text * LoraFixture.ROW).toArray();
        return LoraFixture.batch(texts, new Targets(firsts, LoraFixture.integers(FILE, step + "/labels")));
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-8", "nd4j, FLOAT, 1e-4", "cpu, FLOAT, 1e-4"})
    void stepsAreThoseOfPeft(String provider, DataType type, double tolerance) {
        Kernels kernels = KernelProviders.create(provider, type);
        double[] losses = LoraFixture.numbers(FILE, "losses");
        double[] norms = LoraFixture.numbers(FILE, "gradient_norms");
        TrainingConfig config = TrainingConfig.builder().steps(losses.length).build();
        try (Bert model = LoraFixture.adapted(LoraFixture.DIRECTORY.resolve(NAME), NAME, kernels);
                TrainingPass pass = model.trainingPass(BATCH, LoraFixture.ROW, BATCH);
                AdamW optimizer = new AdamW(
                        model.parameters(),
                        config.optimizer(),
                        config.beta1(),
                        config.beta2(),
                        config.epsilon(),
                        config.weightDecay())) {
            Map<String, double[]> before = values(model);
            for (int step = 0; step < losses.length; step++) {
                Batch batch = batch(step);
                ParameterStore parameters = model.parameters();
                parameters.zeroGradients();
                double loss = Answers.mean(pass.forwardBackward(batch, 0, step, 1.0 / BATCH), batch, 0);
                assertEquals(losses[step], loss, tolerance * losses[step], "loss of step " + step);
                Pending<Double> squares =
                        kernels.squaredNorm(parameters.gradients().flat());
                double norm = Math.sqrt(squares.read());
                assertEquals(norms[step], norm, tolerance * norms[step], "norm of step " + step);
                optimizer.step(
                        step + 1, RATE, GradientClipping.of(squares, config.maxGradientNorm(), config.optimizer()));
            }
            Map<String, double[]> after = values(model);
            for (Parameter parameter : model.parameters().parameters()) {
                assertMoved(
                        parameter,
                        before.getOrDefault(parameter.name(), new double[0]),
                        after.getOrDefault(parameter.name(), new double[0]),
                        tolerance);
            }
        }
    }

    private static Map<String, double[]> values(Bert model) {
        Map<String, double[]> values = new HashMap<>();
        model.parameters()
                .parameters()
                .forEach(parameter -> values.put(
                        parameter.name(), LoraFixture.numbers(model.parameters().kernels(), parameter.value())));
        return values;
    }

    private static void assertMoved(Parameter parameter, double[] before, double[] after, double tolerance) {
        if (!parameter.trained()) {
            assertArrayEquals(before, after, 0, parameter.name() + " is of the base");
            return;
        }
        double[] expected = LoraFixture.numbers(FILE, "final/" + parameter.name());
        double[] moved = IntStream.range(0, before.length)
                .mapToDouble(i -> expected[i] - before[i])
                .toArray();
        double change =
                Math.sqrt(Arrays.stream(moved).map(number -> number * number).sum() / moved.length);
        assertTrue(change > RATE / 2, parameter.name() + " moved by " + change);
        double rounding = parameter.value().dataType() == DataType.FLOAT ? STEPS_ROUNDING : 0;
        // AdamW moves elements of small gradients as far as others, with the rounding that these have.
        assertArrayEquals(expected, after, 10 * tolerance * change + rounding, parameter.name());
    }
}
