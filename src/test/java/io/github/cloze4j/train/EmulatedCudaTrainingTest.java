package io.github.cloze4j.train;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.train.ProviderRun.Plan;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Training through the whole {@code cuda} provider, all of it but the device. */
@EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
class EmulatedCudaTrainingTest {
    private static final Plan PLAN = new Plan(4, 0, 1, 16, 2, 2, 16);

    @TempDir
    private Path directory;

    @Test
    void lossesAreThoseOfTheNd4jKernels() {
        ProviderRun expected = run("nd4j", PLAN);
        // A hundred units in the last place of a float, which few steps do not amplify much.
        run(EmulatedCudaProvider.NAME, PLAN).assertCloseTo(expected, 1e-5);
    }

    @Test
    void twoRunsAndOneThatIsResumedAreTheSameToTheLastBit() {
        ProviderRun expected = run(EmulatedCudaProvider.NAME, PLAN);
        run(EmulatedCudaProvider.NAME, PLAN, "again").assertSameAs(expected);
        run(EmulatedCudaProvider.NAME, PLAN.stoppedAt(2), "resumed").assertSameAs(expected);
    }

    private ProviderRun run(String name, Plan plan) {
        return run(name, plan, name);
    }

    private ProviderRun run(String name, Plan plan, String place) {
        Kernels kernels = KernelProviders.create(name, DataType.FLOAT);
        return ProviderRun.of(kernels, plan, directory.resolve(place));
    }
}
