package io.github.cloze4j.cli;

import io.github.cloze4j.files.UnfinishedPaths;
import java.io.IOException;
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
public final class GracefulStop {
    /** The exit code of a command that a signal ended: what shells report for SIGINT. */
    static final int STOPPED = 130;

    private static final long SECONDS_TO_UNWIND = 20;
    private static final long MILLIS_BETWEEN_REQUESTS = 500;

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
    public static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public StoppedException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A part of a command. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    /** How a part of a command is asked to end by itself. */
    private record Scope(String announcement, Runnable request, boolean bounded) {}

    /** From now on a signal is answered here. */
    void install() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether a signal has asked the command to stop. */
    public synchronized boolean isRequested() {
        return requested;
    }

    /** Whether a signal has interrupted the command, so that a failure after it is the signal's. */
    public synchronized boolean isInterrupting() {
        return interrupting;
    }

    /** Runs work that a signal interrupts, and that then has to delete what is not complete. */
    public <T> T interrupting(Work<T> work) throws IOException {
        Thread command = Thread.currentThread();
        return within(new Scope("stopping: what is not complete is deleted", command::interrupt, true), work);
    }

    /**
     * Runs work that a signal makes the given request of, and that then takes the time that it needs.
     *
     * @param request thread-safe; makes the work end soon
     */
    public <T> T finishing(String announcement, Runnable request, Work<T> work) throws IOException {
        return within(new Scope(announcement, request, false), work);
    }

    private <T> T within(Scope inner, Work<T> work) throws IOException {
        Scope outer;
        synchronized (this) {
            if (requested) {
                throw new StoppedException("the next part was not begun", null);
            }
            outer = scope;
            scope = inner;
        }
        try {
            return work.run();
        } finally {
            synchronized (this) {
                scope = outer;
            }
        }
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
            awaitEnd(running);
        }
        UnfinishedPaths.deleteAll(() -> {
            err.println("stopped by a signal; nothing incomplete is left behind");
            Runtime.getRuntime().halt(STOPPED);
        });
    }

    private void awaitEnd(Scope running) {
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_TO_UNWIND);
            while (!ended.await(MILLIS_BETWEEN_REQUESTS, TimeUnit.MILLISECONDS)) {
                if (running.bounded) {
                    if (System.nanoTime() > deadline) {
                        return;
                    }
                    // A library may have taken the interrupt for its own, as one does that is loaded meanwhile.
                    running.request.run();
                }
            }
            // A failure to save is a failure; a command that a signal met at its very end was stopped too.
            Runtime.getRuntime().halt(code == 0 ? STOPPED : code);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
