package io.github.cloze4j.files;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * Runs work on file channels to its end on a thread that is interrupted. Java closes a {@link
 * java.nio.channels.FileChannel} under the thread that uses it when that thread is interrupted: a save would fail with a
 * message about files, although the interrupt only asks a run to stop.
 */
public final class Uninterrupted {
    private Uninterrupted() {}

    /** Reads or writes files. */
    @FunctionalInterface
    public interface FileWork<T> {
        /** May be called again after an interrupt closed a channel under it. */
        T run() throws IOException;
    }

    /**
     * Returns the result of the work. A thread that was interrupted before or meanwhile is still interrupted afterwards.
     *
     * @throws IOException if the work throws it for another reason than an interrupt
     */
    public static <T> T call(FileWork<T> work) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return work.run();
                } catch (ClosedByInterruptException again) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
