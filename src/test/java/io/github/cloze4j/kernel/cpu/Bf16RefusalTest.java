package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProvidersAccess;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.nd4j.Nd4jKernelProvider;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** On a processor without bf16 instructions, the message says that these are missing. */
class Bf16RefusalTest {
    private static Kernels best(Precision precision) {
        return KernelProvidersAccess.best(
                List.of(new CpuKernelProvider(() -> false), new Nd4jKernelProvider()), DataType.FLOAT, precision, 1);
    }

    @Test
    void theInstructionsAreNamedNotAnotherProvider() {
        BackendException refused = assertThrows(BackendException.class, () -> best(Precision.BF16));

        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("AVX512-BF16 or AMX-BF16"), message);
        assertTrue(message.contains("--precision fp32"), message);
        assertTrue(message.indexOf("nd4j") < 0, message);
    }

    @Test
    void fullPrecisionRunsThere() {
        try (Kernels kernels = best(Precision.FULL)) {
            assertEquals(DataType.FLOAT, kernels.type());
        }
    }

    @Test
    void nd4jByNameSaysWhereBf16Is() {
        BackendException refused = assertThrows(
                BackendException.class, () -> new Nd4jKernelProvider().create(DataType.FLOAT, Precision.BF16, 1));

        assertTrue(String.valueOf(refused.getMessage()).contains("the cpu kernels, which have bf16"));
    }
}
