package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.CudaMemory;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A device, its queue of work, and the memory that the operations on it share. */
public final class DeviceQueue implements AutoCloseable {
    private final CudaDriver driver;
    private final Bf16Copies copies;
    private final DeviceMirrors mirrors;
    private final DeviceScratch scratch;
    private final StagedArguments arguments;
    private final DeviceTransfers transfers;
    private final DeviceResults results;
    private final StepGraph graph;

    public DeviceQueue(CudaDriver driver) {
        this.driver = driver;
        copies = new Bf16Copies(driver);
        mirrors = new DeviceMirrors(driver, copies);
        scratch = new DeviceScratch(driver);
        arguments = new StagedArguments(driver);
        transfers = new DeviceTransfers(driver);
        results = new DeviceResults(driver);
        graph = new StepGraph(driver, arguments, results, copies);
    }

    public CudaDriver driver() {
        return driver;
    }

    public DeviceScratch scratch() {
        return scratch;
    }

    public DeviceTransfers transfers() {
        return transfers;
    }

    public Bf16Copies copies() {
        return copies;
    }

    public DeviceResults results() {
        return results;
    }

    public StepGraph graph() {
        return graph;
    }

    /** Memory for further arrays and for scratch memory. Scratch memory that is already allocated counts as free: plans cover it. */
    public FreeMemory freeMemory() {
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
    public StagedArguments newArguments() {
        arguments.begin();
        return arguments;
    }

    /** Where an array's first element is on the device. */
    public long addressOf(INDArray array) {
        return mirrors.addressOf(array);
    }

    public void launch(String kernel, LaunchGeometry geometry, Object... kernelArguments) {
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
