package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.GoldenFixture.Tensor;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.GradientClipping;
import io.github.cloze4j.optim.LearningRateSchedule;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.RealWeights;
import io.github.cloze4j.pretrained.google.GoogleCheckpoint;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.train.TrainingConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Ten steps from a model that exists, each with a batch of its own, against PyTorch and transformers in double precision
 * (src/test/python/make_further_training_fixture.py). Optimizer, clipping and schedule are those of the trainer, with its
 * defaults and without dropout.
 */
class FurtherTrainingTest {
    private static final long SEED = 0;

    /** More than any batch has. */
    private static final int MOST_MASKED = 64;

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-8", "nd4j, FLOAT, 1e-4", "cpu, FLOAT, 1e-4"})
    void aModelOfTransformersIsTrainedAsPyTorchTrainsIt(String kernels, DataType type, double tolerance) {
        assertTrainsAsPyTorch("tiny-bert", PretrainedFixture.DIRECTORY, kernels, type, tolerance);
    }

    @Test
    @Tag("real-weights")
    void bertBaseIsTrainedAsPyTorchTrainsIt(@TempDir Path directory) {
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(RealWeights.bertBase());
                Bert model = checkpoint.readModel(KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT))) {
            ModelDirectory.write(directory, model, checkpoint.readTokenizer(false), Map.of());
        }
        assertTrainsAsPyTorch("bert-base", directory, KernelProviders.AUTO, DataType.FLOAT, 1e-4);
    }

    private static void assertTrainsAsPyTorch(
            String fixture, Path directory, String kernels, DataType type, double tolerance) {
        Map<String, Tensor> reference = GoldenFixture.tensors("/further-training/" + fixture + ".safetensors");
        try (StoredModel stored = ModelDirectory.open(directory);
                Bert model = stored.readModel(
                        stored.config().toBuilder().dropout(0).build(), KernelProviders.create(kernels, type))) {
            Map<String, INDArray> before = new HashMap<>();
            model.parameters()
                    .parameters()
                    .forEach(parameter ->
                            before.put(parameter.name(), parameter.value().dup()));

            train(model, reference, tolerance);

            assertAll(model.parameters().parameters().stream()
                    .map(parameter -> () -> assertMovedAsInPyTorch(
                            parameter, Objects.requireNonNull(before.get(parameter.name())), reference, tolerance)));
            before.values().forEach(INDArray::close);
        }
    }

    private static void train(Bert model, Map<String, Tensor> reference, double tolerance) {
        double[] losses = numbers(reference, "losses");
        double[] norms = numbers(reference, "gradient_norms");
        double[] rates = numbers(reference, "learning_rates");
        TrainingConfig config = TrainingConfig.builder()
                .steps(losses.length)
                .learningRate(numbers(reference, "peak")[0])
                .warmup(0.2)
                .build();
        LearningRateSchedule schedule = config.learningRateSchedule();
        ParameterStore parameters = model.parameters();
        Kernels kernels = parameters.kernels();
        Batch first = GoldenFixture.batch(reference, "0/");
        try (TrainingPass pass = model.trainingPass(first.rows(), first.seqLen(), MOST_MASKED);
                AdamW optimizer = new AdamW(
                        parameters,
                        config.optimizer(),
                        config.beta1(),
                        config.beta2(),
                        config.epsilon(),
                        config.weightDecay())) {
            for (int step = 0; step < losses.length; step++) {
                Batch batch = GoldenFixture.batch(reference, step + "/");
                parameters.zeroGradients();
                int masked = batch.targets().get(0).count();
                double loss = Answers.mean(pass.forwardBackward(batch, SEED, step, 1.0 / masked), batch, 0);
                Pending<Double> squaredNorm =
                        kernels.squaredNorm(parameters.gradients().flat());
                double norm = Math.sqrt(squaredNorm.read());
                double rate = schedule.at((double) step / losses.length);
                optimizer.step(
                        step + 1, rate, GradientClipping.of(squaredNorm, config.maxGradientNorm(), config.optimizer()));

                String when = " of step " + (step + 1);
                assertEquals(losses[step], loss, tolerance * losses[step], "loss" + when);
                assertEquals(norms[step], norm, tolerance * norms[step], "gradient norm" + when);
                assertEquals(rates[step], rate, 1e-12 * rates[step], "learning rate" + when);
            }
        }
    }

    /** Measured by how far the parameter has moved, so that a part of the steps that is missing shows. */
    private static void assertMovedAsInPyTorch(
            Parameter parameter, INDArray before, Map<String, Tensor> reference, double tolerance) {
        String name = parameter.name();
        if (name.endsWith("self.key.bias")) {
            // Its gradient is 0, and what rounding leaves of it AdamW divides by its own size.
            return;
        }
        double change = numbers(reference, "change/" + name)[0];
        try (INDArray moved = parameter.value().sub(before)) {
            // ND4J would add millions of squares in single precision, where the small ones are lost.
            double squares = 0;
            for (double number : GoldenFixture.numbers(moved)) {
                squares += number * number;
            }
            assertEquals(change, Math.sqrt(squares), tolerance * change, "change of " + name);
        }
        double[] expected = numbers(reference, "final/" + name);
        INDArray flat = parameter.value().reshape(new long[] {parameter.length()});
        double typicalChange = change / Math.sqrt(parameter.length());
        int steps = numbers(reference, "losses").length;
        for (int i = 0; i < expected.length; i++) {
            long index = i * parameter.length() / expected.length;
            double unit = flat.dataType() == DataType.FLOAT ? Math.ulp((float) expected[i]) : Math.ulp(expected[i]);
            // AdamW moves elements of small gradients as far as others, with the rounding that these have; and each
            // step
            // rounds the parameter.
            double allowed = 10 * tolerance * typicalChange + steps * unit / 2;
            assertEquals(expected[i], flat.getDouble(index), allowed, name + " at " + index);
        }
    }

    private static double[] numbers(Map<String, Tensor> reference, String name) {
        return GoldenFixture.required(reference, name).values();
    }
}
