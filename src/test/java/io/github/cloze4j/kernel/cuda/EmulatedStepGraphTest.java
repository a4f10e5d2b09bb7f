package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledIf;

/** Graphs on a device that does everything as late as it may. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class EmulatedStepGraphTest extends StepGraphParity {
    private final List<EmulatedDriver> opened = new ArrayList<>();

    @Override
    CudaDriver open() {
        EmulatedDriver driver = new EmulatedDriver(seed);
        opened.add(driver);
        return driver;
    }

    /** Sizes may change, but not the kernels: those of the last steps are other ones. */
    @AfterEach
    void graphsWereUpdatedAndOneReplaced() {
        EmulatedDriver graphs = opened.get(opened.size() - 1);
        assertTrue(graphs.updates() > 3, Integer.toString(graphs.updates()));
        assertEquals(1, graphs.refusals());
    }
}
