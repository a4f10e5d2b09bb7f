package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.CudaEvent;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A piece of device memory, page-locked host memory for its content, and how much of both is used. */
final class LockedPage implements AutoCloseable {
    /** Parts begin on lines of it. */
    static final int LINE_BYTES = 256;

    private final CudaDriver driver;
    private final ByteBuffer host;
    private final long device;
    private final CudaEvent copied;
    private int used;
    private int sent;

    LockedPage(CudaDriver driver, int bytes) {
        this.driver = driver;
        device = driver.allocate(bytes);
        host = driver.allocateHost(bytes);
        copied = driver.event();
    }

    int capacity() {
        return host.capacity();
    }

    int room() {
        return capacity() - used;
    }

    boolean isEmpty() {
        return used == 0;
    }

    /** Takes the next bytes; where they are on the page. */
    int take(int bytes) {
        int place = used;
        used = (int) Math.min(capacity(), place + LaunchGeometry.ceilDivide(bytes, LINE_BYTES) * LINE_BYTES);
        return place;
    }

    long deviceAddress(int place) {
        return device + place;
    }

    /** The host's side of a part. */
    ByteBuffer host(int place, int bytes) {
        return host.slice(place, bytes).order(ByteOrder.nativeOrder());
    }

    /** Queues the copy to the device of what was taken since the last copy. */
    void upload() {
        if (used > sent) {
            driver.upload(host(sent, used - sent), device + sent);
            sent = used;
        }
    }

    /** Queues the copy to the host of all that was taken. */
    void download() {
        driver.download(device, host(0, used));
        mark();
    }

    /** Marks the end of what is queued, which {@link #reuse} waits for. */
    void mark() {
        copied.record();
    }

    /** Waits for the mark; all is free again. */
    void reuse() {
        copied.await();
        used = 0;
        sent = 0;
    }

    /** The queue is past all copies. */
    @Override
    public void close() {
        copied.close();
        driver.freeHost(host);
        driver.free(device);
    }
}
