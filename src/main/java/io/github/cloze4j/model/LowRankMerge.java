package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Adds low-rank updates to the weights that they belong to. The host computes the sums in double precision: products of kernels
 * may be rounded to bf16, and a merged model that differs from what was trained is a known fault of other libraries.
 */
public final class LowRankMerge {
    private LowRankMerge() {}

    /**
     * Copies the parameters of a model, with its updates added to the weights.
     *
     * @param into a model of the same heads without updates, which is returned; closed if this fails
     */
    static Bert merge(Bert adapted, LoraConfig lora, Bert into) {
        try {
            ParameterStore from = adapted.parameters();
            from.kernels().exclusively(() -> {
                for (Parameter parameter : into.parameters().parameters()) {
                    into.parameters().kernels().upload(merged(from, parameter.name(), lora), parameter.value());
                }
                return into;
            });
            return into;
        } catch (RuntimeException | Error e) {
            into.close();
            throw e;
        }
    }

    /** The numbers of a parameter, with its update if it has one, in native byte order. */
    private static ByteBuffer merged(ParameterStore from, String name, LoraConfig lora) {
        ByteBuffer numbers = numbers(from, name);
        String suffix = ".weight";
        String linear = name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
        if (from.has(LowRank.nameOfA(linear))) {
            Parameter a = from.parameter(LowRank.nameOfA(linear));
            add(
                    lora,
                    numbers(from, a.name()),
                    numbers(from, LowRank.nameOfB(linear)),
                    numbers,
                    (int) a.shape()[1],
                    from.type());
        }
        return numbers;
    }

    private static ByteBuffer numbers(ParameterStore from, String name) {
        Parameter parameter = from.parameter(name);
        int bytes = Math.multiplyExact(
                Math.toIntExact(parameter.length()), from.type().width());
        ByteBuffer numbers = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        Kernels kernels = from.kernels();
        kernels.download(parameter.value(), numbers);
        return numbers;
    }

    /**
     * {@code weight += scale · b · a}. Buffers hold numbers of one type, float or double, from index 0 on, in their own byte order.
     *
     * @param a {@code [rank, in]}
     * @param b {@code [out, rank]}
     * @param weight {@code [out, in]}
     * @param in the columns of the weight
     */
    public static void add(LoraConfig lora, ByteBuffer a, ByteBuffer b, ByteBuffer weight, int in, DataType type) {
        int width = type.width();
        int rank = lora.rank();
        int out = weight.capacity() / width / in;
        double[] row = new double[in];
        for (int i = 0; i < out; i++) {
            for (int j = 0; j < in; j++) {
                row[j] = get(weight, i * in + j, width);
            }
            for (int k = 0; k < rank; k++) {
                double factor = lora.scale() * get(b, i * rank + k, width);
                for (int j = 0; j < in; j++) {
                    row[j] += factor * get(a, k * in + j, width);
                }
            }
            for (int j = 0; j < in; j++) {
                put(weight, i * in + j, row[j], width);
            }
        }
    }

    private static double get(ByteBuffer numbers, int index, int width) {
        return width == Float.BYTES ? numbers.getFloat(index * width) : numbers.getDouble(index * width);
    }

    private static void put(ByteBuffer numbers, int index, double number, int width) {
        if (width == Float.BYTES) {
            numbers.putFloat(index * width, (float) number);
        } else {
            numbers.putDouble(index * width, number);
        }
    }
}
