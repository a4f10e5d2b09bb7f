package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What an operation brings along from the host: indices, labels, keys of dropout, the numbers of a step of AdamW. They are
 * copied to the device one behind the other. As the device works in order, the next operation may begin anew at the start.
 */
final class StagedArguments {
    private static final int LINE_BYTES = 256;
    private static final int FIRST_BYTES = 1 << 20;

    private final CudaDriver driver;
    private final List<Long> outgrown = new ArrayList<>();
    private ByteBuffer host = ByteBuffer.allocateDirect(FIRST_BYTES).order(ByteOrder.nativeOrder());
    private long device;
    private int deviceBytes;
    private int used;

    StagedArguments(CudaDriver driver) {
        this.driver = driver;
    }

    /** Before the first argument of an operation: those of the last are no longer needed. */
    void begin() {
        outgrown.forEach(driver::free);
        outgrown.clear();
        used = 0;
    }

    /** Where these numbers are on the device. */
    long integers(int... values) {
        ByteBuffer bytes = room(Math.multiplyExact(values.length, Integer.BYTES));
        bytes.asIntBuffer().put(values);
        return send(bytes);
    }

    /** The same of floats. */
    long floats(float... values) {
        ByteBuffer bytes = room(Math.multiplyExact(values.length, Float.BYTES));
        bytes.asFloatBuffer().put(values);
        return send(bytes);
    }

    /** A mask as kernels take it, or 0, the null pointer, where it keeps everything. */
    long mask(Dropout dropout) {
        if (dropout.probability() == 0) {
            return 0;
        }
        DropoutMask mask = DropoutMask.of(dropout);
        return integers(mask.key(0), mask.key(1), mask.key(2), mask.threshold(), Float.floatToIntBits(mask.scale()));
    }

    /** What they take of device memory. */
    long bytes() {
        return deviceBytes;
    }

    /** Frees all. */
    void clear() {
        begin();
        if (deviceBytes > 0) {
            driver.free(device);
        }
        device = 0;
        deviceBytes = 0;
    }

    private ByteBuffer room(int bytes) {
        if (bytes > host.capacity()) {
            host = ByteBuffer.allocateDirect(grown(bytes)).order(ByteOrder.nativeOrder());
        }
        return host.clear().limit(bytes);
    }

    private long send(ByteBuffer bytes) {
        int length = bytes.remaining();
        if (length > deviceBytes - used) {
            if (deviceBytes > 0) {
                outgrown.add(device);
            }
            deviceBytes = grown(Math.max(length, deviceBytes));
            device = driver.allocate(deviceBytes);
            used = 0;
        }
        long to = device + used;
        driver.upload(bytes, to);
        used += (int) Math.min(deviceBytes - used, LaunchGeometry.ceilDivide(length, LINE_BYTES) * LINE_BYTES);
        return to;
    }

    private static int grown(int bytes) {
        return Math.max(FIRST_BYTES, Math.multiplyExact(bytes, 2));
    }
}
