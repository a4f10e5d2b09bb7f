package io.github.cloze4j.kernel;

import io.github.cloze4j.random.Philox4x32;

/** The definition of {@link Dropout}'s masks, the same for every provider. */
public final class DropoutMask {
    /** Tells the draws of dropout from all other draws of a seed. */
    private static final long PURPOSE = 0x44524f50_4f555400L;

    private static final int SITE_BITS = 16;
    private static final int LANES = 4;
    private static final int KEY_BITS = 16;

    private DropoutMask() {}

    /**
     * Multiplies {@code count} elements, whose indices in the mask begin with {@code firstIndex}, by 0 or by
     * {@code 1 / (1 - probability)}.
     */
    public static void apply(Dropout dropout, long firstIndex, double[] x, int count) {
        if (dropout.probability() == 0) {
            return;
        }
        long key = dropout.seed() ^ PURPOSE;
        long counterHigh = (dropout.step() << SITE_BITS) | dropout.site();
        double scale = 1 / (1 - dropout.probability());
        // u < threshold drops; both are unsigned, so the comparison is made on values shifted by 2^31.
        int threshold = (int) (long) (dropout.probability() * 0x1p32) + Integer.MIN_VALUE;
        int[] draws = new int[LANES];
        for (int i = 0; i < count; i++) {
            int lane = (int) ((firstIndex + i) % LANES);
            if (lane == 0 || i == 0) {
                Philox4x32.block(key, counterHigh, (firstIndex + i) / LANES, draws);
            }
            x[i] *= draws[lane] + Integer.MIN_VALUE < threshold ? 0 : scale;
        }
    }

    /**
     * The index, in the mask of attention probabilities, of a query token's first key in its document; the keys follow
     * one by one. Depends on nothing but the token's place in the batch, so that providers may store probabilities as they
     * like.
     *
     * @param query row of the query in {@code [tokens, hidden]}
     */
    public static long attentionIndex(int head, int tokens, int query) {
        return ((long) head * tokens + query) << KEY_BITS;
    }
}
