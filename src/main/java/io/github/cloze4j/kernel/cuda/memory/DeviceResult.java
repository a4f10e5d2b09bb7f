package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.Pending;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Doubles that kernels leave on a page of {@link DeviceResults}, and what the host makes of them. */
public final class DeviceResult<T> implements Pending<T> {
    private final DeviceResults.Page page;
    private final int place;
    private final int count;
    private final Function<double[], T> meaning;
    private @Nullable T value;

    DeviceResult(DeviceResults.Page page, int place, int count, Function<double[], T> meaning) {
        this.page = page;
        this.place = place;
        this.count = count;
        this.meaning = meaning;
    }

    @Override
    public T read() {
        T known = value;
        if (known == null) {
            page.settle();
            known = value;
        }
        if (known == null) {
            throw new IllegalStateException(
                    "Expected a result of kernels that ran. Received: one of kernels that did not");
        }
        return known;
    }

    @Override
    public boolean isReady() {
        return value != null;
    }

    /** Where it is on the device, as long as it is not {@linkplain #isReady ready}. */
    public long address() {
        return page.memory().deviceAddress(place);
    }

    /** The page has come to the host. */
    void take() {
        ByteBuffer bytes = page.memory().host(place, count * Double.BYTES);
        double[] numbers = new double[count];
        bytes.asDoubleBuffer().get(numbers);
        value = meaning.apply(numbers);
    }
}
