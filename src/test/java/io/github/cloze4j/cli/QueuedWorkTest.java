package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** A processor is done when an operation returns, a device is not. */
class QueuedWorkTest {
    private static boolean outlastsCalls(String provider) {
        try (Kernels kernels = KernelProviders.create(provider, DataType.FLOAT);
                QueuedWork queued = new QueuedWork(kernels)) {
            return queued.outlastsCalls();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void workOnAProcessorEndsWithTheCall(String provider) {
        assertEquals(false, outlastsCalls(provider));
    }

    @Test
    @EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
    void workOnADeviceOutlastsTheCall() {
        assertEquals(true, outlastsCalls(EmulatedCudaProvider.NAME));
    }
}
