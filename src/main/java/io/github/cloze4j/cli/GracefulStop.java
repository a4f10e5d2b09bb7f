package io.github.cloze4j.cli;

import io.github.cloze4j.checkpoint.UnfinishedPaths;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets SIGINT and SIGTERM end any command in order, with exit code {@value #STOPPED}. Training finishes its step and saves
 * everything. {@code pretrain} before its first step is interrupted and takes back what it made. All other commands end at
 * once. In each case what is not complete is deleted, and what was there before the command stays.
 *
 * <p>On a signal the JVM runs its shutdown hooks beside the main thread and would then exit with 128 + signal. The hook of
 * this class halts the JVM before that.
 */
final class GracefulStop {
    /** The exit code of a command that a signal ended: what shells report for SIGINT. */
    static final int STOPPED = 130;

    private static final long SECONDS_TO_UNWIND = 20;

    private final PrintStream err;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook = new Thread(this::onSignal, "graceful-stop");
    private @Nullable Scope scope;
    private boolean requested;
    private boolean interrupting;
    private int code;

    /** @param err gets a line for each thing that the stop does */
    GracefulStop(PrintStream err) {
        this.err = err;
    }

    /** Thrown where a command notices that a signal asked it to stop. */
    static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        StoppedException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A part of a command that ends by itself soon after it is asked to. */
    final class Scope implements AutoCloseable {
        private final @Nullable Scope outer;
        private final String announcement;
        private final Runnable request;
        private final boolean bounded;

        private Scope(@Nullable Scope outer, String announcement, Runnable request, boolean bounded) {
            this.outer = outer;
            this.announcement = announcement;
            this.request = request;
            this.bounded = bounded;
        }

        @Override
        public void close() {
            synchronized (GracefulStop.this) {
                scope = outer;
            }
        }
    }

    /** From now on a signal is answered here. */
    void install() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether a signal has asked the command to stop. */
    synchronized boolean isRequested() {
        return requested;
    }

    /** Whether a signal has interrupted the command, so that a failure after it is the signal's. */
    synchronized boolean isInterrupting() {
        return interrupting;
    }

    /** Until the scope is closed, a signal interrupts the calling thread, which has to delete what is not complete. */
    Scope interrupting() {
        Thread command = Thread.currentThread();
        return enter("stopping: what is not complete is deleted", command::interrupt, true);
    }

    /**
     * Until the scope is closed, a signal makes the given request, and the command then takes the time that it needs.
     *
     * @param request thread-safe; makes the work end soon
     */
    Scope finishing(String announcement, Runnable request) {
        return enter(announcement, request, false);
    }

    private synchronized Scope enter(String announcement, Runnable request, boolean bounded) {
        if (requested) {
            throw new StoppedException("Expected to begin this part. Received: a signal to stop", null);
        }
        scope = new Scope(scope, announcement, request, bounded);
        return scope;
    }

    /**
     * The command has ended by itself. After a signal this method does not return.
     *
     * @param endedWith the exit code that the command would have without a signal
     */
    void commandEnded(int endedWith) {
        code = endedWith;
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            // The hook runs and halts the JVM with the right code.
            return;
        }
    }

    private void onSignal() {
        Scope running;
        synchronized (this) {
            requested = true;
            running = scope;
            interrupting = running != null && running.bounded;
        }
        if (running != null) {
            // A terminal shows ^C, and perhaps a progress bar, in the line of the cursor.
            err.println((Machine.hasTerminal() ? System.lineSeparator() : "") + running.announcement);
            running.request.run();
            awaitEnd(running.bounded);
        }
        UnfinishedPaths.deleteAll(() -> {
            err.println("stopped by a signal; nothing incomplete is left behind");
            Runtime.getRuntime().halt(STOPPED);
        });
    }

    private void awaitEnd(boolean bounded) {
        try {
            boolean over = ended.await(bounded ? SECONDS_TO_UNWIND : Long.MAX_VALUE, TimeUnit.SECONDS);
            if (over) {
                // A failure to save is a failure; a command that a signal met at its very end was stopped too.
                Runtime.getRuntime().halt(code == 0 ? STOPPED : code);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
