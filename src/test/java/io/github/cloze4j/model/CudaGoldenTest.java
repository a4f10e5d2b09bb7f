package io.github.cloze4j.model;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** {@link GoldenTest} and {@link HeadGoldenTest} on a GPU. Without one these tests fail. */
@Tag("gpu")
class CudaGoldenTest {
    private final GoldenTest golden = new GoldenTest();

    @ParameterizedTest
    @ValueSource(strings = {"gelu", "gelu_new", "untied"})
    void logitsAndLossAreThoseOfPyTorch(String fixture) {
        golden.logitsAndLossAreThoseOfPyTorch("cuda", DataType.FLOAT, fixture);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gelu", "gelu_new", "untied"})
    void everyGradientIsThatOfPyTorch(String fixture) {
        golden.everyGradientIsThatOfPyTorch("cuda", DataType.FLOAT, fixture);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gelu", "gelu_new", "untied"})
    void tenStepsOfAdamWAreThoseOfPyTorch(String fixture) {
        golden.tenStepsOfAdamWAreThoseOfPyTorch("cuda", DataType.FLOAT, fixture);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "classes",
                "classes-smoothed",
                "classes-focal",
                "sets",
                "numbers",
                "tags",
                "tags-smoothed",
                "questions",
                "choices",
                "relations",
                "relations-focal"
            })
    void everyHeadOfFineTuningIsThatOfTransformers(String fixture) {
        HeadGoldenTest heads = new HeadGoldenTest();
        heads.scoresAndLossAreThoseOfTransformers(fixture, "cuda", DataType.FLOAT);
        heads.everyGradientIsThatOfTransformers(fixture, "cuda", DataType.FLOAT);
        heads.tenStepsOfAdamWAreThoseOfTransformers(fixture, "cuda", DataType.FLOAT);
    }
}
