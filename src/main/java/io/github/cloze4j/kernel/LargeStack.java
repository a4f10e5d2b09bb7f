package io.github.cloze4j.kernel;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Threads with a stack for native code, whatever {@code -Xss} gives to others. The initialisation of oneDNN 3.13 puts 512 KB
 * on the stack of the thread that loads it (measured), and ends the process if the stack is smaller.
 */
public final class LargeStack {
    /** The system provides the pages of a stack when they are first used. */
    private static final long BYTES = 8L << 20;

    private LargeStack() {}

    /** A thread that has not been started; a daemon. */
    public static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, BYTES);
        thread.setDaemon(true);
        return thread;
    }

    /** Runs a task that loads native libraries, and returns when it has ended; what it throws is thrown here. */
    public static void run(Runnable task) {
        FutureTask<@Nullable Void> result = new FutureTask<>(task, null);
        thread(result, "cloze4j-load").start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    result.get();
                    return;
                } catch (InterruptedException wait) {
                    interrupted = true;
                } catch (ExecutionException thrown) {
                    throwUnchecked(thrown.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void throwUnchecked(@Nullable Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        throw new IllegalStateException("A Runnable throws nothing else", thrown);
    }
}
