package io.github.cloze4j.random;

/**
 * Successive draws for one position: what (seed, purpose, a, b) yields never depends on other draws. Not thread-safe;
 * streams are cheap, so make one where it is needed.
 */
public final class RandomStream {
    private static final int WORDS = 4;
    private static final double DOUBLE_UNIT = 0x1p-53;
    private static final float FLOAT_UNIT = 0x1p-24f;

    private final long key;
    private final long position;
    private final int[] words = new int[WORDS];
    private long counter;
    private int next = WORDS;

    /**
     * A stream of its own.
     *
     * @param seed of the run; every value is a seed
     * @param purpose tells uses of one seed apart
     * @param a first coordinate, such as the epoch
     * @param b second coordinate, such as the example
     */
    public RandomStream(long seed, long purpose, long a, long b) {
        int[] derived = new int[WORDS];
        // Two passes make a key and a counter out of four numbers, so that no two streams overlap but by accident.
        Philox4x32.block(seed, purpose, a, derived);
        key = pair(derived, 0);
        long mixed = pair(derived, 2);
        Philox4x32.block(key, mixed, b, derived);
        position = pair(derived, 0);
    }

    /** 32 random bits. */
    public int nextInt() {
        if (next == WORDS) {
            Philox4x32.block(key, position, counter++, words);
            next = 0;
        }
        return words[next++];
    }

    /** Uniform on {@code [0, bound)}, without bias. */
    public int nextInt(int bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("Expected a bound above 0. Received: " + bound);
        }
        // Lemire, 2019: reject the few products whose low half falls into the uneven rest.
        long product = (nextInt() & 0xFFFFFFFFL) * bound;
        if ((product & 0xFFFFFFFFL) < bound) {
            long uneven = 0x1_0000_0000L % bound;
            while ((product & 0xFFFFFFFFL) < uneven) {
                product = (nextInt() & 0xFFFFFFFFL) * bound;
            }
        }
        return (int) (product >>> 32);
    }

    /** 64 random bits. */
    public long nextLong() {
        long high = nextInt();
        return (high << 32) | (nextInt() & 0xFFFFFFFFL);
    }

    /** Uniform on {@code [0, 1)}, 53 bits. */
    public double nextDouble() {
        return (nextLong() >>> 11) * DOUBLE_UNIT;
    }

    /** Uniform on {@code [0, 1)}, 24 bits. */
    public float nextFloat() {
        return (nextInt() >>> 8) * FLOAT_UNIT;
    }

    /** Standard normal (Box and Muller, 1958). */
    public double nextGaussian() {
        double radius = Math.sqrt(-2 * Math.log(1 - nextDouble()));
        return radius * Math.cos(2 * Math.PI * nextDouble());
    }

    /** Leaves out the next {@code count} draws of {@link #nextGaussian}, however many, in the time of one. */
    public RandomStream skipGaussians(long count) {
        // Each is two doubles, which are one block.
        counter += count;
        if (next < WORDS) {
            Philox4x32.block(key, position, counter - 1, words);
        }
        return this;
    }

    private static long pair(int[] words, int first) {
        return ((long) words[first + 1] << 32) | (words[first] & 0xFFFFFFFFL);
    }

    /**
     * Moves a random choice of the values to the front, in random order: the first steps of a Fisher-Yates shuffle. Each choice
     * and order is equally likely.
     *
     * @param count how many are chosen, in {@code [0, values.length]}; with all of them the values are shuffled
     */
    public void shuffle(int[] values, int count) {
        for (int i = 0; i < count; i++) {
            int j = i + nextInt(values.length - i);
            int swapped = values[i];
            values[i] = values[j];
            values[j] = swapped;
        }
    }
}
