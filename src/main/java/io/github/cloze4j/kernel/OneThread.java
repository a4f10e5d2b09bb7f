package io.github.cloze4j.kernel;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Notices when a second thread begins to use what one thread uses at a time, and refuses it. Threads may take turns, and the
 * thread that is inside may enter again.
 */
public final class OneThread {
    private final String what;
    private final String remedy;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Nobody is inside.
     *
     * @param what the thing that is guarded, for the message, such as {@code a trainer}
     * @param remedy a sentence that says what to do, without its full stop
     */
    public OneThread(String what, String remedy) {
        this.what = what;
        this.remedy = remedy;
    }

    /**
     * Runs work.
     *
     * @throws IllegalStateException if another thread is inside; the work has not begun then
     */
    public <T> T run(Supplier<T> work) {
        if (!lock.tryLock()) {
            throw new IllegalStateException("Expected " + what + " used by one thread at a time. Received: a call from"
                    + " thread " + Thread.currentThread().getName() + " during a call from another. " + remedy);
        }
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}
