package io.github.cloze4j.kernel.cpu;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Native things by key, of which each worker of a team has one. They are made for all workers at once: which worker needs
 * one first is chance, so that otherwise a step long after the first could still take memory. Thread-safe.
 *
 * <p>Keys are shapes, and a long run or a server meets ever new ones: {@link #trim} forgets all of them when there are too
 * many.
 */
final class PerWorker<K, T> {
    /** More shapes than a step has; things of one shape take a few kilobytes for each worker. */
    static final int MOST = 1 << 10;

    private final int workers;
    private final Consumer<? super T> free;
    private final Map<K, List<T>> made = new ConcurrentHashMap<>();

    /** @param free frees one thing */
    PerWorker(int workers, Consumer<? super T> free) {
        this.workers = workers;
        this.free = free;
    }

    /** The worker's own. */
    T of(int worker, K key, Function<K, T> make) {
        List<T> all = made.get(key);
        if (all == null) {
            all = made.computeIfAbsent(
                    key,
                    k -> Stream.generate(() -> make.apply(k)).limit(workers).toList());
        }
        return all.get(worker);
    }

    /** Frees everything if there are more than {@link #MOST} keys. No worker works meanwhile. */
    void trim() {
        if (made.size() > MOST) {
            clear();
        }
    }

    /** Frees everything. No worker works meanwhile. */
    void clear() {
        made.values().forEach(all -> all.forEach(free));
        made.clear();
    }
}
