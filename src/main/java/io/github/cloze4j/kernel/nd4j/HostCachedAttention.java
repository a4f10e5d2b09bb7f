package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.CachedAttention;
import io.github.cloze4j.kernel.Documents;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Attention to a cache of keys and values, in Java and in double precision. */
final class HostCachedAttention implements CachedAttention {
    private static final int HEADS = 2;
    private static final int POSITIONS = 3;

    private final Nd4jThreads threads;

    HostCachedAttention(Nd4jThreads threads) {
        this.threads = threads;
    }

    /** The place of keys and values in the flattened cache. */
    private record Layout(int heads, int positions, int size) {
        static Layout of(INDArray cache) {
            return new Layout((int) cache.size(HEADS), (int) cache.size(POSITIONS), (int) cache.size(-1));
        }

        int hidden() {
            return heads * size;
        }

        /** Where the key (0) or the value (1) of a position begins. */
        int at(int slot, int which, int head, int position) {
            return Math.toIntExact(((((long) slot * 2 + which) * heads + head) * positions + position) * size);
        }
    }

    @Override
    public void keep(INDArray qkv, Documents documents, int[] slots, INDArray cache) {
        Layout layout = Layout.of(cache);
        try (HostMatrix in = HostMatrix.of(qkv);
                HostMatrix kept = HostMatrix.of(cache)) {
            threads.forEach(documents.count(), document -> {
                for (int token = documents.begin(document); token < documents.end(document); token++) {
                    keep(in, token, kept, layout, slots[document], token - documents.begin(document));
                }
            });
        }
    }

    private static void keep(HostMatrix qkv, int row, HostMatrix cache, Layout layout, int slot, int position) {
        double[] part = new double[layout.size()];
        for (int which = 0; which < 2; which++) {
            for (int head = 0; head < layout.heads(); head++) {
                int column = (1 + which) * layout.hidden() + head * layout.size();
                qkv.read(row * qkv.columns() + column, part, part.length);
                cache.write(layout.at(slot, which, head, position), part, part.length);
            }
        }
    }

    @Override
    public void attend(INDArray qkv, int[] slots, int[] lengths, INDArray cache, INDArray context) {
        Layout layout = Layout.of(cache);
        try (HostMatrix in = HostMatrix.of(qkv);
                HostMatrix kept = HostMatrix.of(cache);
                HostMatrix out = HostMatrix.of(context)) {
            threads.forEach(slots.length, text -> {
                keep(in, text, kept, layout, slots[text], lengths[text]);
                for (int head = 0; head < layout.heads(); head++) {
                    double[] query = new double[layout.size()];
                    in.read(text * in.columns() + head * layout.size(), query, query.length);
                    double[] sum = attend(query, kept, layout, slots[text], head, lengths[text] + 1);
                    out.write(text * layout.hidden() + head * layout.size(), sum, sum.length);
                }
            });
        }
    }

    /** {@code softmax(q · Kᵀ / √size) · V} over the first {@code length} positions. */
    private static double[] attend(double[] query, HostMatrix cache, Layout layout, int slot, int head, int length) {
        int size = layout.size();
        double[] part = new double[size];
        double[] scores = new double[length];
        double highest = Double.NEGATIVE_INFINITY;
        for (int position = 0; position < length; position++) {
            cache.read(layout.at(slot, 0, head, position), part, size);
            double score = 0;
            for (int i = 0; i < size; i++) {
                score += query[i] * part[i];
            }
            scores[position] = score / Math.sqrt(size);
            highest = Math.max(highest, scores[position]);
        }
        double[] sum = new double[size];
        double weights = 0;
        for (int position = 0; position < length; position++) {
            double weight = Math.exp(scores[position] - highest);
            weights += weight;
            cache.read(layout.at(slot, 1, head, position), part, size);
            for (int i = 0; i < size; i++) {
                sum[i] += weight * part[i];
            }
        }
        for (int i = 0; i < size; i++) {
            sum[i] /= weights;
        }
        return sum;
    }

    @Override
    public void copy(INDArray from, int fromSlot, INDArray to, int toSlot, int first, int end) {
        Layout source = Layout.of(from);
        Layout target = Layout.of(to);
        double[] part = new double[(end - first) * source.size()];
        try (HostMatrix in = HostMatrix.of(from);
                HostMatrix out = HostMatrix.of(to)) {
            for (int which = 0; which < 2; which++) {
                for (int head = 0; head < source.heads(); head++) {
                    in.read(source.at(fromSlot, which, head, first), part, part.length);
                    out.write(target.at(toSlot, which, head, first), part, part.length);
                }
            }
        }
    }
}
