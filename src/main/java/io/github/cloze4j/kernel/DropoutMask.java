package io.github.cloze4j.kernel;

import io.github.cloze4j.random.Philox4x32;

/**
 * The definition of {@link Dropout}'s masks, the same for every provider: a hash of the element's index, keyed by
 * Philox.
 *
 * <p>A mask draws a number for each of millions of activations in each step, so a draw must cost less than the arithmetic
 * around it. The hash is triple32 (Wellons, "Prospecting for hash functions", 2018: three multiplications, bias 0.02, near
 * the limit of a 32-bit permutation) with a key added before each multiplication; the three keys are Philox4x32-10 of
 * (seed, step, site). Its loop is of 32-bit integer operations only, which the compiler turns into vector instructions.
 */
public final class DropoutMask {
    /** Tells the draws of dropout from all other draws of a seed. */
    private static final long PURPOSE = 0x44524f50_4f555400L;

    private static final int SITE_BITS = 16;
    private static final int KEY_BITS = 16;
    private static final int GOLDEN_RATIO = 0x9E3779B9;
    private static final int CHUNK = 1 << 13;
    private static final int[] INDICES = indices();

    private final double probability;
    private final float scale;
    private final int threshold;
    private final int key0;
    private final int key1;
    private final int key2;

    private DropoutMask(Dropout dropout) {
        int[] keys = new int[4];
        Philox4x32.block(dropout.seed() ^ PURPOSE, (dropout.step() << SITE_BITS) | dropout.site(), 0, keys);
        probability = dropout.probability();
        key0 = keys[0];
        key1 = keys[1];
        key2 = keys[2];
        // 31 bits decide, so that a draw and the threshold are compared by the sign of their difference.
        threshold = (int) Math.rint(probability * 0x1p31);
        scale = (float) (1 / (1 - probability));
    }

    /** The mask that {@code dropout} names. */
    public static DropoutMask of(Dropout dropout) {
        return new DropoutMask(dropout);
    }

    /** Whether the mask keeps everything. */
    public boolean keepsAll() {
        return probability == 0;
    }

    /** One of the three keys of the hash, for providers that compute it elsewhere; {@code index} is 0 to 2. */
    public int key(int index) {
        return switch (index) {
            case 0 -> key0;
            case 1 -> key1;
            case 2 -> key2;
            default -> throw new IndexOutOfBoundsException(index);
        };
    }

    /** What a draw of 31 bits is compared with. */
    public int threshold() {
        return threshold;
    }

    /** What kept elements are multiplied by. */
    public float scale() {
        return scale;
    }

    /**
     * Writes −1, all bits set, for elements that are kept and 0 for those that are dropped.
     *
     * @param firstIndex index in the mask of the first of them
     * @param into written from 0 to {@code count}
     */
    public void keep(long firstIndex, int[] into, int count) {
        // Where the high half of the index changes, so does the key.
        long ofThisKey = 0x1_0000_0000L - (firstIndex & 0xFFFF_FFFFL);
        if (count <= Math.min(CHUNK, ofThisKey)) {
            hash(firstIndex, into, count);
            return;
        }
        int[] chunk = new int[CHUNK];
        for (int start = 0; start < count; ) {
            int length = (int) Math.min(Math.min(CHUNK, count - start), ofThisKey);
            hash(firstIndex + start, chunk, length);
            System.arraycopy(chunk, 0, into, start, length);
            start += length;
            ofThisKey = 0x1_0000_0000L - ((firstIndex + start) & 0xFFFF_FFFFL);
        }
    }

    /** All arrays are indexed alike, from 0: the compiler vectorises no other loop. */
    private void hash(long firstIndex, int[] into, int count) {
        int first = (int) firstIndex;
        int keyZero = key0 + (int) (firstIndex >>> 32) * GOLDEN_RATIO;
        int keyOne = key1;
        int keyTwo = key2;
        int limit = threshold;
        for (int i = 0; i < count; i++) {
            int h = (INDICES[i] + first) ^ keyZero;
            h = (h ^ (h >>> 17)) * 0xed5ad4bb + keyOne;
            h = (h ^ (h >>> 11)) * 0xac4c1b51 + keyTwo;
            h = (h ^ (h >>> 15)) * 0x31848bab;
            h = (h ^ (h >>> 14)) >>> 1;
            into[i] = ~((h - limit) >> 31);
        }
    }

    /**
     * Multiplies {@code count} elements, whose indices in the mask begin with {@code firstIndex}, by 0 or by
     * {@code 1 / (1 - probability)}.
     */
    public void apply(long firstIndex, double[] x, int count) {
        if (keepsAll()) {
            return;
        }
        int[] keep = new int[count];
        keep(firstIndex, keep, count);
        double factor = 1 / (1 - probability);
        for (int i = 0; i < count; i++) {
            x[i] *= keep[i] == 0 ? 0 : factor;
        }
    }

    /**
     * The index, in the mask of attention probabilities, of a document's first probability. The probabilities of its first query
     * with all keys of the document follow one by one, then those of the next queries. The index depends only on the document's
     * place in the batch, so that providers may store probabilities as they like; and not on what a query sees.
     *
     * @param first row of the document's first token in {@code [tokens, hidden]}
     */
    public static long attentionIndex(int head, int tokens, int first) {
        return ((long) head * tokens + first) << KEY_BITS;
    }

    private static int[] indices() {
        int[] indices = new int[CHUNK];
        for (int i = 0; i < CHUNK; i++) {
            indices[i] = i;
        }
        return indices;
    }
}
