package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.FreeMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A device and what the operations on it share. */
final class DeviceQueue implements AutoCloseable {
    private final CudaDriver driver;
    private final Bf16Copies copies;
    private final DeviceMirrors mirrors;
    private final DeviceScratch scratch;
    private final StagedArguments arguments;
    private final DeviceTransfers transfers;
    private final DeviceResults results;
    private final StepGraph graph;

    DeviceQueue(CudaDriver driver) {
        this.driver = driver;
        copies = new Bf16Copies(driver);
        mirrors = new DeviceMirrors(driver, copies);
        scratch = new DeviceScratch(driver);
        arguments = new StagedArguments(driver);
        transfers = new DeviceTransfers(driver);
        results = new DeviceResults(driver);
        graph = new StepGraph(driver, arguments, results, copies);
    }

    CudaDriver driver() {
        return driver;
    }

    DeviceScratch scratch() {
        return scratch;
    }

    DeviceTransfers transfers() {
        return transfers;
    }

    Bf16Copies copies() {
        return copies;
    }

    DeviceMirrors mirrors() {
        return mirrors;
    }

    DeviceResults results() {
        return results;
    }

    StepGraph graph() {
        return graph;
    }

    /** What arrays and {@link ScratchPlan} may take beside arrays that are there: what the plan covers counts as free. */
    FreeMemory freeMemory() {
        mirrors.sweep();
        CudaMemory memory = driver.memory();
        return new FreeMemory(
                memory.free()
                        + scratch.bytes()
                        + copies.bytes()
                        + arguments.bytes()
                        + results.bytes()
                        - mirrors.missingBytes(),
                driver.device().name() + ", which has " + FreeMemory.readable(memory.total()));
    }

    /** The staged arguments, for those of a new operation. */
    StagedArguments newArguments() {
        arguments.begin();
        return arguments;
    }

    /** Where an array's first element is on the device. */
    long addressOf(INDArray array) {
        return mirrors.addressOf(array);
    }

    void launch(String kernel, LaunchGeometry geometry, Object... kernelArguments) {
        driver.launch(kernel, geometry, kernelArguments);
    }

    /** Frees all device memory and the driver. */
    @Override
    public void close() {
        driver.synchronize();
        graph.close();
        results.clear();
        transfers.clear();
        arguments.clear();
        scratch.clear();
        mirrors.clear();
        driver.close();
    }
}
