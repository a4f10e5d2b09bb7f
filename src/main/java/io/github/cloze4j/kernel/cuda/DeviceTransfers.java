package io.github.cloze4j.kernel.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Copies of any buffers, also on the heap and of any size, through one piece of memory outside of it. */
final class DeviceTransfers {
    private static final int STAGE_BYTES = 1 << 24;

    private final CudaDriver driver;
    private final ByteBuffer stage = ByteBuffer.allocateDirect(STAGE_BYTES).order(ByteOrder.nativeOrder());

    DeviceTransfers(CudaDriver driver) {
        this.driver = driver;
    }

    /** Copies what remains of a buffer to the device; its position stays. */
    void upload(ByteBuffer from, long to) {
        ByteBuffer source = from.duplicate();
        for (long done = 0; source.hasRemaining(); done += stage.limit()) {
            int bytes = Math.min(STAGE_BYTES, source.remaining());
            stage.clear().limit(bytes);
            stage.put(source.slice().limit(bytes)).flip();
            source.position(source.position() + bytes);
            driver.upload(stage, to + done);
        }
    }

    /** Fills what remains of a buffer from the device; its position stays. */
    void download(long from, ByteBuffer to) {
        ByteBuffer target = to.duplicate();
        for (long done = 0; target.hasRemaining(); done += stage.limit()) {
            stage.clear().limit(Math.min(STAGE_BYTES, target.remaining()));
            driver.download(from + done, stage);
            target.put(stage.rewind());
        }
    }

    /** That many doubles. */
    double[] doubles(long from, int count) {
        double[] values = new double[count];
        stage.clear().limit(count * Double.BYTES);
        driver.download(from, stage);
        stage.rewind().asDoubleBuffer().get(values);
        return values;
    }
}
