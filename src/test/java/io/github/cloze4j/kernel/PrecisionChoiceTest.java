package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cloze4j.BackendException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** The provider is chosen by priority, and its precision after it. */
class PrecisionChoiceTest {
    private final List<String> requests = new ArrayList<>();

    /** A provider that makes kernels in some precisions, and refuses the others. */
    private final class FakeProvider implements KernelProvider {
        private final String name;
        private final Set<Precision> precisions;

        FakeProvider(String name, Precision... precisions) {
            this.name = name;
            this.precisions = EnumSet.noneOf(Precision.class);
            this.precisions.addAll(List.of(precisions));
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int priority() {
            return 1;
        }

        @Override
        public Kernels create(DataType type, Precision precision, int threads) {
            requests.add(name + " " + precision.option());
            if (!precisions.contains(precision)) {
                throw new BackendException("Expected another precision for " + name + ". Received: " + precision);
            }
            return (Kernels) Proxy.newProxyInstance(
                    Kernels.class.getClassLoader(),
                    new Class<?>[] {Kernels.class},
                    (proxy, method, arguments) -> name + " " + precision.option());
        }
    }

    private String chosen(Precision precision, KernelProvider... byPriority) {
        return KernelProviders.best(List.of(byPriority), DataType.FLOAT, precision, 1)
                .describe();
    }

    private final KernelProvider oldGpu = new FakeProvider("gpu", Precision.FULL);
    private final KernelProvider newGpu = new FakeProvider("gpu", Precision.FULL, Precision.TF32, Precision.BF16);
    private final KernelProvider noGpu = new FakeProvider("gpu");
    private final KernelProvider oldCpu = new FakeProvider("cpu", Precision.FULL);
    private final KernelProvider newCpu = new FakeProvider("cpu", Precision.FULL, Precision.BF16);

    @Test
    void aGpuWithoutBf16IsPreferredToAProcessorWithIt() {
        assertEquals("gpu fp32", chosen(Precision.AUTO, oldGpu, newCpu));
        assertEquals(List.of("gpu bf16", "gpu fp32"), requests);
    }

    @Test
    void theChosenProviderTakesBf16IfItHasIt() {
        assertEquals("gpu bf16", chosen(Precision.AUTO, newGpu, newCpu));
        assertEquals("cpu bf16", chosen(Precision.AUTO, newCpu, oldCpu));
        assertEquals("cpu fp32", chosen(Precision.AUTO, oldCpu, newCpu));
    }

    @Test
    void aProviderThatDoesNotRunLeavesBothChoicesToTheNext() {
        assertEquals("cpu bf16", chosen(Precision.AUTO, noGpu, newCpu));
        assertEquals("cpu fp32", chosen(Precision.AUTO, noGpu, oldCpu));
    }

    /** Who names a precision wants it on whichever provider has it. */
    @Test
    void aNamedPrecisionIsComputedByTheFirstProviderThatHasIt() {
        assertEquals("cpu bf16", chosen(Precision.BF16, oldGpu, newCpu));
        assertEquals("gpu fp32", chosen(Precision.FULL, newGpu, newCpu));
    }

    @Test
    void theReasonIsThatOfTheLastProviderIfNoneRuns() {
        BackendException refused =
                assertThrows(BackendException.class, () -> chosen(Precision.AUTO, noGpu, new FakeProvider("cpu")));
        assertEquals("Expected another precision for cpu. Received: FULL", refused.getMessage());
    }
}
