package io.github.cloze4j.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The files and directories that this process fills under temporary names. A process that ends at once, such as a command
 * line after a signal, deletes them first with {@link #deleteAll}.
 */
public final class UnfinishedPaths {
    private static final int ATTEMPTS = 50;
    private static final long MILLIS_BETWEEN_ATTEMPTS = 20;
    private static final Set<Path> PATHS = new LinkedHashSet<>();

    private UnfinishedPaths() {}

    /** A rename of a complete file or directory to its name. */
    @FunctionalInterface
    public interface Rename {
        void run() throws IOException;
    }

    /** Remembers a path that is about to be filled. */
    public static void add(Path temporary) {
        synchronized (PATHS) {
            PATHS.add(temporary);
        }
    }

    /** Whether this process is filling a path. */
    static boolean contains(Path temporary) {
        synchronized (PATHS) {
            return PATHS.contains(temporary);
        }
    }

    /** Forgets a path that is complete or deleted. */
    public static void remove(Path temporary) {
        synchronized (PATHS) {
            PATHS.remove(temporary);
        }
    }

    /** Runs the rename, unless {@link #deleteAll} has begun: then this call does not return. */
    public static void commit(Rename rename) throws IOException {
        synchronized (PATHS) {
            rename.run();
        }
    }

    /**
     * Deletes everything that is not complete, then runs the given action. Until the action returns, no thread of this
     * process begins another temporary file, and none puts a complete one in its place.
     *
     * @param end ends the process
     */
    public static void deleteAll(Runnable end) {
        synchronized (PATHS) {
            PATHS.forEach(UnfinishedPaths::delete);
            PATHS.clear();
            end.run();
        }
    }

    /** Tries several times, because other threads may still add files to a directory. */
    private static void delete(Path path) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                FileTrees.delete(path);
                return;
            } catch (IOException inUse) {
                try {
                    Thread.sleep(MILLIS_BETWEEN_ATTEMPTS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        FileTrees.deleteLogged(path);
    }
}
