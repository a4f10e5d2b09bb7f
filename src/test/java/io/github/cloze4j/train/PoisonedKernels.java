package io.github.cloze4j.train;

import io.github.cloze4j.kernel.Kernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Kernels one of whose results is not finite. */
final class PoisonedKernels {
    /** What may be poisoned. */
    enum Place {
        /** By a label that has become impossible, whatever the poison. */
        LOSS("crossEntropy"),
        LOGIT_GRADIENT("crossEntropy"),
        ACTIVATION_GRADIENT("linearBackward"),
        WEIGHT_GRADIENT("linearBackward"),
        BIAS_GRADIENT("linearBackward");

        private final String method;

        Place(String method) {
            this.method = method;
        }
    }

    private final Place place;
    private final int call;
    private final double poison;
    private int calls;

    /** @param call of the place's method, counted from 0 since {@link #start} */
    PoisonedKernels(Place place, int call, double poison) {
        this.place = place;
        this.call = call;
        this.poison = poison;
        calls = Integer.MIN_VALUE;
    }

    /** From now on calls count. */
    void start() {
        calls = 0;
    }

    /** Calls of the place's method since {@link #start}. */
    int calls() {
        return calls;
    }

    Kernels around(Kernels healthy) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    boolean poisons = method.getName().equals(place.method) && calls++ == call;
                    if (poisons && place == Place.LOSS) {
                        long label = ((int[]) arguments[1])[0];
                        ((INDArray) arguments[0]).putScalar(new long[] {0, label}, Double.NEGATIVE_INFINITY);
                    }
                    Object result;
                    try {
                        result = method.invoke(healthy, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (poisons) {
                        poison(arguments);
                    }
                    return result;
                });
    }

    private void poison(Object[] arguments) {
        switch (place) {
            case LOSS -> {}
            case LOGIT_GRADIENT -> ((INDArray) arguments[0]).putScalar(0, poison);
            case ACTIVATION_GRADIENT -> ((INDArray) arguments[4]).putScalar(0, poison);
            case WEIGHT_GRADIENT -> ((INDArray) arguments[5]).putScalar(0, poison);
            case BIAS_GRADIENT -> ((INDArray) arguments[6]).putScalar(0, poison);
        }
    }
}
