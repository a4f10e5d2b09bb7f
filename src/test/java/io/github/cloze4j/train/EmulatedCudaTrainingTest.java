package io.github.cloze4j.train;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.train.ProviderRun.Plan;
import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Training through the whole {@code cuda} provider, all of it but the device. */
@EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
class EmulatedCudaTrainingTest {
    private static final Plan PLAN = new Plan(4, 0, 1, 16, 2, 2, 16);

    private static final String SCHEDULE = "clm:0.25,prefix-lm:0.25,mlm";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"mlm", SCHEDULE})
    void lossesAreThoseOfTheNd4jKernels(String objectives) {
        ProviderRun expected = run("nd4j", PLAN.with(objectives));
        // A hundred units in the last place of a float, which few steps do not amplify much.
        run(EmulatedCudaProvider.NAME, PLAN.with(objectives)).assertCloseTo(expected, 1e-5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlm", SCHEDULE})
    void twoRunsAndOneThatIsResumedAreTheSameToTheLastBit(String objectives) {
        Plan plan = PLAN.with(objectives);
        ProviderRun expected = run(EmulatedCudaProvider.NAME, plan);
        run(EmulatedCudaProvider.NAME, plan, "again").assertSameAs(expected);
        run(EmulatedCudaProvider.NAME, plan.stoppedAt(2), "resumed").assertSameAs(expected);
    }

    private ProviderRun run(String name, Plan plan) {
        return run(name, plan, name);
    }

    private ProviderRun run(String name, Plan plan, String place) {
        Kernels kernels = KernelProviders.create(name, DataType.FLOAT);
        return ProviderRun.of(kernels, plan, directory.resolve(place));
    }
}
