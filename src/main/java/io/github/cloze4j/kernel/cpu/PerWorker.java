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
 */
final class PerWorker<K, T> {
    private final int workers;
    private final Map<K, List<T>> made = new ConcurrentHashMap<>();

    PerWorker(int workers) {
        this.workers = workers;
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

    /** Hands everything that was made to {@code free}. No worker works any more. */
    void close(Consumer<? super T> free) {
        made.values().forEach(all -> all.forEach(free));
        made.clear();
    }
}
