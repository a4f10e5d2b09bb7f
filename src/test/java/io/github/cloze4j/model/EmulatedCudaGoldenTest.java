package io.github.cloze4j.model;

import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** {@link GoldenTest} and {@link HeadGoldenTest} through the whole {@code cuda} provider, all of it but the device. */
@EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
class EmulatedCudaGoldenTest {
    private static final String KERNELS = EmulatedCudaProvider.NAME;
    private final GoldenTest golden = new GoldenTest();

    @ParameterizedTest
    @ValueSource(strings = {"gelu", "gelu_new", "untied"})
    void logitsLossAndEveryGradientAreThoseOfPyTorch(String fixture) {
        golden.logitsAndLossAreThoseOfPyTorch(KERNELS, DataType.FLOAT, fixture);
        golden.everyGradientIsThatOfPyTorch(KERNELS, DataType.FLOAT, fixture);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "classes-focal",
                "sets",
                "numbers",
                "tags-smoothed",
                "questions",
                "choices",
                "relations",
                "next-word",
                "prefix"
            })
    void scoresLossAndEveryGradientOfAHeadAreThoseOfTransformers(String fixture) {
        HeadGoldenTest heads = new HeadGoldenTest();
        heads.scoresAndLossAreThoseOfTransformers(fixture, KERNELS, DataType.FLOAT);
        heads.everyGradientIsThatOfTransformers(fixture, KERNELS, DataType.FLOAT);
    }

    /** {@code EmulatedCudaTrainingTest} has steps in every build. */
    @Test
    @Tag("heavy")
    void tenStepsOfAdamWAreThoseOfPyTorch() {
        golden.tenStepsOfAdamWAreThoseOfPyTorch(KERNELS, DataType.FLOAT, "gelu");
    }
}
