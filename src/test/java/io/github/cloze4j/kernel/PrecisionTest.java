package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class PrecisionTest {
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void tf32IsRefusedWhereThereIsNoGpu(String provider) {
        String message = assertThrows(
                        BackendException.class,
                        () -> KernelProviders.create(provider, DataType.FLOAT, Precision.TF32, 1))
                .getMessage();
        assertTrue(message.contains("Received: tf32") && message.contains("Use --precision fp32"), message);
    }
}
