package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProvider;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.driver.CudaDependency;
import io.github.cloze4j.kernel.cuda.driver.CudaDevice;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** Kernels on the first NVIDIA GPU of the machine. */
public final class CudaKernelProvider implements KernelProvider {
    /** Above the kernels of the processor. */
    private static final int PRIORITY = 20;

    /** Below all: a machine without a GPU is no reason for a warning at each start. */
    private static final int PRIORITY_WITHOUT_DEVICE = -1;

    @Override
    public String name() {
        return CudaKernels.NAME;
    }

    /** Above the processor's where there is a device; whether all that it needs is there is found out when it is asked. */
    @Override
    public int priority() {
        if (!CudaDependency.isOnClassPath()) {
            return PRIORITY_WITHOUT_DEVICE;
        }
        try {
            CudaDependency.devices();
            return PRIORITY;
        } catch (BackendException noDevice) {
            return PRIORITY_WITHOUT_DEVICE;
        }
    }

    @Override
    public List<String> devices() {
        return CudaDependency.devices().stream().map(CudaDevice::toString).toList();
    }

    /** {@inheritDoc} The number of threads does not matter here. */
    @Override
    public Kernels create(DataType type, Precision precision, int threads) {
        if (type != DataType.FLOAT) {
            throw new BackendException("Expected FLOAT for the cuda kernels. Received: " + type
                    + ". Use --kernels nd4j, which also runs in double precision");
        }
        Nd4jBackend.load();
        CudaDriver driver = CudaDependency.open();
        CudaDevice gpu = driver.device();
        if (precision != Precision.FULL && !gpu.multipliesRounded()) {
            driver.close();
            throw new BackendException("Expected a GPU that multiplies " + precision.option()
                    + ", of compute capability 8.0 or higher. Received: " + gpu
                    + ". Use --precision fp32");
        }
        return new CudaKernels(new DeviceQueue(driver), precision);
    }
}
