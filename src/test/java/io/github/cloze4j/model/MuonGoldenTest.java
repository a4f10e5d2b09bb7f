package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.GradientClipping;
import io.github.cloze4j.optim.Optimizer;
import io.github.cloze4j.optim.OptimizerKind;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Ten steps of a model against torch.optim.Muon and AdamW (src/test/python/make_muon_fixture.py). */
class MuonGoldenTest {
    private static final int KEPT = 6;

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "nd4j, FLOAT", "cpu, FLOAT"})
    void tenStepsAreThoseOfPyTorch(String name, DataType type) {
        GoldenFixture golden = GoldenFixture.readMuon();
        Kernels kernels = KernelProviders.create(name, type);
        Batch batch = golden.batch();
        double tolerance = GoldenTest.tolerance(type);
        try (Bert model =
                        GoldenTest.load(golden, new Bert(golden.config(), List.of(LanguageModelHead.MASKED), kernels));
                TrainingPass pass = GoldenTest.plan(model, batch);
                Optimizer optimizer =
                        OptimizerKind.MUON.create(model.parameters(), 0.9, 0.98, 1e-6, 0.01, parameter -> 1)) {
            ParameterStore store = model.parameters();
            for (int step = 1; step <= golden.stepLosses().length; step++) {
                double[] scales = {1.0 / batch.targets().get(0).answers()};
                Pending<List<LossSum>> loss = pass.forwardBackward(batch, 0, step, scales);
                Pending<Double> squaredNorm =
                        kernels.squaredNorm(store.gradients().flat());
                optimizer.step(step, 1e-3, GradientClipping.of(squaredNorm, 1, OptimizerKind.MUON));
                double expected = golden.stepLosses()[step - 1];
                assertEquals(expected, Answers.mean(loss, batch, 0), tolerance * expected, "loss of step " + step);
                double norm = golden.gradientNorms()[step - 1];
                assertEquals(norm, Math.sqrt(squaredNorm.read()), tolerance * norm, "norm of step " + step);
            }
            assertEquals(KEPT, compareValues(golden, store, tolerance));
        }
    }

    /** Compares the parameters that the fixture has, and returns their number. */
    private static int compareValues(GoldenFixture golden, ParameterStore store, double tolerance) {
        int compared = 0;
        for (Parameter parameter : store.parameters()) {
            double[] expected = golden.finalValue(parameter.name());
            if (expected != null) {
                double[] received = GoldenFixture.numbers(store.kernels(), parameter.value());
                GoldenTest.assertClose(parameter.name(), expected, received, tolerance * GoldenTest.largest(expected));
                compared++;
            }
        }
        return compared;
    }

    @Test
    @Tag("heavy")
    @EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
    void tenStepsOfTheEmulatedDeviceAreThoseOfPyTorch() {
        tenStepsAreThoseOfPyTorch(EmulatedCudaProvider.NAME, DataType.FLOAT);
    }
}
