package io.github.cloze4j.train;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.train.ProviderRun.Plan;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Training on a GPU. Without one these tests fail. */
@Tag("gpu")
class CudaTrainingTest {
    private static final Plan PLAN = new Plan(200, 0, 2, 128, 2, 8, 64);

    @TempDir
    private Path directory;

    @Test
    void twoHundredStepsHaveTheLossesOfTheCpu() {
        ProviderRun expected = run("cpu", Precision.FULL, PLAN, "cpu");
        // Rounding differs from the first step on, and training amplifies what differs.
        run("cuda", Precision.FULL, PLAN, "cuda").assertCloseTo(expected, 1e-3);
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FULL", "BF16"})
    void twoRunsAndOneThatIsResumedAreTheSameToTheLastBit(Precision precision) {
        ProviderRun expected = run("cuda", precision, PLAN, "whole");
        run("cuda", precision, PLAN, "again").assertSameAs(expected);
        run("cuda", precision, PLAN.stoppedAt(77), "resumed").assertSameAs(expected);
    }

    private ProviderRun run(String name, Precision precision, Plan plan, String place) {
        Kernels kernels = KernelProviders.create(name, DataType.FLOAT, precision, 2);
        return ProviderRun.of(kernels, plan, directory.resolve(place));
    }
}
