package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.CudaEvent;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Copies of any buffers, also on the heap and of any size, through two pieces of page-locked memory in turn. */
public final class DeviceTransfers {
    private static final int STAGE_BYTES = 1 << 24;

    private final CudaDriver driver;
    private @Nullable Stage first;
    private @Nullable Stage second;

    DeviceTransfers(CudaDriver driver) {
        this.driver = driver;
    }

    /** Memory, and the end of the last copy from or to it. */
    private record Stage(ByteBuffer memory, CudaEvent copied) {
        /** That many bytes, once the device is done with them. */
        ByteBuffer take(int bytes) {
            copied.await();
            return memory.clear().limit(bytes);
        }
    }

    /** The one that was used longer ago. */
    private Stage next() {
        Stage next = second;
        if (next == null) {
            next = new Stage(driver.allocateHost(STAGE_BYTES), driver.event());
            next.copied().record();
        }
        second = first;
        first = next;
        return next;
    }

    /** Copies what remains of a buffer to the device; its position stays. The buffer is free again on return. */
    public void upload(ByteBuffer from, long to) {
        ByteBuffer source = from.duplicate();
        long done = 0;
        while (source.hasRemaining()) {
            int bytes = Math.min(STAGE_BYTES, source.remaining());
            Stage stage = next();
            stage.take(bytes).put(source.slice().limit(bytes)).flip();
            driver.upload(stage.memory(), to + done);
            stage.copied().record();
            source.position(source.position() + bytes);
            done += bytes;
        }
    }

    /** Fills what remains of a buffer from the device; its position stays. Waits for it. */
    public void download(long from, ByteBuffer to) {
        ByteBuffer target = to.duplicate();
        long done = 0;
        while (target.hasRemaining()) {
            int bytes = Math.min(STAGE_BYTES, target.remaining());
            Stage stage = next();
            driver.download(from + done, stage.take(bytes));
            stage.copied().record();
            target.put(stage.take(bytes));
            done += bytes;
        }
    }

    /** Frees all; the queue is empty. */
    void clear() {
        close(first);
        close(second);
        first = null;
        second = null;
    }

    private void close(@Nullable Stage stage) {
        if (stage != null) {
            stage.copied().close();
            driver.freeHost(stage.memory());
        }
    }
}
