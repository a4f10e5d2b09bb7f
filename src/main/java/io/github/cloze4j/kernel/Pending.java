package io.github.cloze4j.kernel;

import java.util.List;
import java.util.function.BiFunction;

/**
 * A result that kernels were asked for and may still be computing. Those of a processor are there at once; those of a device
 * stay on it until they are read. Thread-safe, if its kernels are those of {@link KernelProviders}.
 */
public interface Pending<T> {
    /** The result; waits for it where it is not there yet. The same at every call. */
    T read();

    /** Whether {@link #read} returns without waiting for a device. */
    boolean isReady();

    /** A result that is there. */
    static <T> Pending<T> of(T value) {
        return new Pending<>() {
            @Override
            public T read() {
                return value;
            }

            @Override
            public boolean isReady() {
                return true;
            }
        };
    }

    /** All results, in their order, which are read in that order. */
    static <T> Pending<List<T>> all(List<Pending<T>> parts) {
        List<Pending<T>> own = List.copyOf(parts);
        return new Pending<>() {
            @Override
            public List<T> read() {
                return own.stream().map(Pending::read).toList();
            }

            @Override
            public boolean isReady() {
                return own.stream().allMatch(Pending::isReady);
            }
        };
    }

    /** What becomes of two when they are read, this one first. */
    default <U, R> Pending<R> and(Pending<U> other, BiFunction<? super T, ? super U, ? extends R> combine) {
        Pending<T> one = this;
        return new Pending<>() {
            @Override
            public R read() {
                T first = one.read();
                return combine.apply(first, other.read());
            }

            @Override
            public boolean isReady() {
                return one.isReady() && other.isReady();
            }
        };
    }
}
