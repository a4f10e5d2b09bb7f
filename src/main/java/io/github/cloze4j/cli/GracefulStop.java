package io.github.cloze4j.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets SIGINT and SIGTERM end a long run in order: training finishes its step and saves everything, which is exit code 0;
 * a preparation deletes what is not complete, which is exit code 1.
 *
 * <p>On a signal the JVM runs its shutdown hooks beside the main thread and then exits with 128 + signal. The hook here
 * asks the run to stop, waits until the main thread is done with the command, and halts with the command's own code.
 */
final class GracefulStop implements AutoCloseable {
    private static final CountDownLatch ENDED = new CountDownLatch(1);
    private static final AtomicInteger CODE = new AtomicInteger();

    private final Thread hook;

    /** @param requestStop thread-safe; makes the run return soon */
    GracefulStop(Runnable requestStop) {
        hook = new Thread(() -> stopAndHalt(requestStop), "graceful-stop");
    }

    /** From now on. */
    void begin() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The command is done; to be called by the main thread before it exits. */
    static void commandEnded(int code) {
        CODE.set(code);
        ENDED.countDown();
    }

    /** The run is over by itself. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            // The hook runs and waits for commandEnded: nothing to take back.
            return;
        }
    }

    private static void stopAndHalt(Runnable requestStop) {
        requestStop.run();
        try {
            ENDED.await();
            Runtime.getRuntime().halt(CODE.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
