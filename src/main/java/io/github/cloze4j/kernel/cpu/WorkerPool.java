package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.LargeStack;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that wait for work, spinning for a moment and then asleep; whoever calls {@link #run} works too. Items are
 * taken one by one, so that a thread that lost its processor for a while is not waited for by all.
 *
 * <p>Kernels of one number of threads share a pool, and {@link #run} makes the operations of one wait for those of the
 * other. The threads end when the last of these kernels has released the pool.
 */
final class WorkerPool {
    /** One part of an operation. */
    interface Task {
        void run(int item, Worker worker);
    }

    /** Longer than the pause between two operations of a step, shorter than one between two steps. */
    private static final long SPIN_NANOS = 100_000;

    private static final int SPINS_PER_LOOK_AT_THE_CLOCK = 64;
    private static final Map<Integer, WorkerPool> POOLS = new HashMap<>();

    private final Worker[] workers;
    private final Thread[] threads;
    private final WorkerTeam team;
    private volatile @Nullable Job current;
    private volatile boolean ended;
    private @Nullable Thread lastCaller;
    /** Guarded by {@link #POOLS}. */
    private int users;

    private WorkerPool(int size) {
        workers = new Worker[size];
        threads = new Thread[size];
        team = new WorkerTeam(size);
        for (int i = 0; i < size; i++) {
            workers[i] = new Worker(i, team);
        }
        for (int i = 1; i < size; i++) {
            Worker worker = workers[i];
            threads[i] = LargeStack.thread(() -> serve(worker), "cloze4j-cpu-" + i);
            threads[i].start();
        }
    }

    /** The process's pool of that many threads, the caller's included. Every user calls {@link #release} once. */
    static WorkerPool acquire(int size) {
        synchronized (POOLS) {
            WorkerPool pool = POOLS.computeIfAbsent(size, WorkerPool::new);
            pool.users++;
            return pool;
        }
    }

    /** Ends the threads and frees what they keep, if this was the last user. No other call may follow. */
    void release() {
        synchronized (POOLS) {
            users--;
            if (users > 0) {
                return;
            }
            POOLS.remove(workers.length, this);
        }
        end();
    }

    /** Waits for the threads: natives that they keep are freed after it. */
    private synchronized void end() {
        ended = true;
        boolean interrupted = false;
        for (int i = 1; i < threads.length; i++) {
            LockSupport.unpark(threads[i]);
            while (threads[i].isAlive()) {
                try {
                    threads[i].join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        team.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    int size() {
        return workers.length;
    }

    /** Runs items {@code [0, items)} and returns when all are done; what an item throws is thrown here. */
    synchronized void run(int items, Task task) {
        if (lastCaller != Thread.currentThread()) {
            lastCaller = Thread.currentThread();
            OpenMp.useOneThread();
        }
        team.trim();
        if (items <= 1 || workers.length == 1) {
            for (int item = 0; item < items; item++) {
                task.run(item, workers[0]);
            }
            return;
        }
        Job job = new Job(task, items);
        current = job;
        for (int i = 1; i < workers.length; i++) {
            if (workers[i].asleep) {
                LockSupport.unpark(threads[i]);
            }
        }
        job.work(workers[0]);
        job.await();
    }

    private void serve(Worker worker) {
        OpenMp.useOneThread();
        for (Job job = next(null, worker); job != null; job = next(job, worker)) {
            job.work(worker);
        }
    }

    /** The next job; null if there will be none. */
    private @Nullable Job next(@Nullable Job seen, Worker worker) {
        long start = System.nanoTime();
        for (int spins = 1; ; spins++) {
            Job job = current;
            if (job != null && job != seen) {
                return job;
            }
            if (ended) {
                return null;
            }
            Thread.onSpinWait();
            if (spins % SPINS_PER_LOOK_AT_THE_CLOCK == 0 && System.nanoTime() - start > SPIN_NANOS) {
                worker.asleep = true;
                while (current == seen && !ended) {
                    LockSupport.park(this);
                    // A thread that stays interrupted does not park. Only the calling thread's interrupts mean
                    // anything.
                    Thread.interrupted();
                }
                worker.asleep = false;
                start = System.nanoTime();
            }
        }
    }

    /** The items of one operation; a thread that comes too late finds none left. */
    private static final class Job {
        private final Task task;
        private final int items;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Job(Task task, int items) {
            this.task = task;
            this.items = items;
        }

        void work(Worker worker) {
            for (int item = taken.getAndIncrement(); item < items; item = taken.getAndIncrement()) {
                try {
                    task.run(item, worker);
                } catch (RuntimeException | Error thrown) {
                    failure = thrown;
                }
                done.incrementAndGet();
            }
        }

        /** Spins; after a while it lets others have the processor, on which the thread that it waits for may depend. */
        @SuppressWarnings("ThreadPriorityCheck")
        void await() {
            long start = System.nanoTime();
            for (int spins = 1; done.get() < items; spins++) {
                if (spins % SPINS_PER_LOOK_AT_THE_CLOCK == 0 && System.nanoTime() - start > SPIN_NANOS) {
                    Thread.yield();
                } else {
                    Thread.onSpinWait();
                }
            }
            Throwable thrown = failure;
            if (thrown instanceof Error error) {
                throw error;
            } else if (thrown instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }
}
