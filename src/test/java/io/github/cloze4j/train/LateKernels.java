package io.github.cloze4j.train;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Pending;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Kernels whose results are not ready before they are read, as those of a device are. */
final class LateKernels {
    private int pieces;

    /** Steps that were asked for. */
    int pieces() {
        return pieces;
    }

    Kernels around(Kernels prompt) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("asGraph")) {
                        pieces++;
                    }
                    try {
                        Object result = method.invoke(prompt, arguments);
                        return result instanceof Pending<?> pending ? new Late<>(pending) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static final class Late<T> implements Pending<T> {
        private final Pending<T> prompt;
        private @Nullable T value;

        Late(Pending<T> prompt) {
            this.prompt = prompt;
        }

        @Override
        public T read() {
            value = prompt.read();
            return prompt.read();
        }

        @Override
        public boolean isReady() {
            return value != null;
        }
    }
}
