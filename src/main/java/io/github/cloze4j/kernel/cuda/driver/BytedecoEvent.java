package io.github.cloze4j.kernel.cuda.driver;

import static io.github.cloze4j.kernel.cuda.driver.CudaStatus.check;
import static org.bytedeco.cuda.global.cudart.*;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;

/** An event of the driver's. */
final class BytedecoEvent implements CudaEvent {
    private final CUevent_st event = new CUevent_st();
    private final CUstream_st stream;
    private final Runnable before;

    /**
     * @param stream that it marks
     * @param before runs before each call
     */
    BytedecoEvent(CUstream_st stream, Runnable before) {
        this.stream = stream;
        this.before = before;
        check(cuEventCreate(event, CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    }

    @Override
    public void record() {
        before.run();
        check(cuEventRecord(event, stream), "cuEventRecord");
    }

    @Override
    public void await() {
        before.run();
        check(cuEventSynchronize(event), "the work on the GPU");
    }

    @Override
    public void close() {
        before.run();
        check(cuEventDestroy(event), "cuEventDestroy");
    }
}
