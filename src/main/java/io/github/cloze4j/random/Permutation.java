package io.github.cloze4j.random;

import java.util.Objects;

/**
 * A pseudo-random permutation of {@code [0, size)} in constant memory: the way to visit billions of examples in random
 * order without a list of them. Immutable and thread-safe.
 *
 * <p>A Feistel network on a grid just larger than the range, with additions modulo the sides in place of exclusive-or and
 * Philox as the round function; what falls outside the range is permuted again until it falls inside (Black and Rogaway,
 * 2002, "Ciphers with arbitrary finite domains").
 */
public final class Permutation {
    private static final int ROUNDS = 6;
    private static final int WORDS = 4;
    /** Sides then fit in 31 bits and a cell's number in 63. */
    private static final long MAXIMUM_SIZE = 1L << 60;

    private final long size;
    private final long height;
    private final long width;
    private final long key;

    /**
     * A permutation of its own for each key that the stream yields.
     *
     * @param size of the range, from 1 to 2<sup>60</sup>
     * @param random one {@code nextLong} is drawn from it
     */
    public Permutation(long size, RandomStream random) {
        if (size < 1 || size > MAXIMUM_SIZE) {
            throw new IllegalArgumentException(
                    "Expected a size from 1 to 2^60. Received: " + size + ". Permute a smaller range");
        }
        this.size = size;
        long side = (long) Math.sqrt((double) size);
        height = side * side < size ? side + 1 : side;
        width = (size + height - 1) / height;
        key = random.nextLong();
    }

    /**
     * Where the permutation takes an index.
     *
     * @param index in {@code [0, size)}
     * @return in {@code [0, size)}, a different one for each index
     */
    public long apply(long index) {
        int[] words = new int[WORDS];
        long image = Objects.checkIndex(index, size);
        do {
            image = permuteGrid(image, words);
        } while (image >= size);
        return image;
    }

    private long permuteGrid(long cell, int[] words) {
        long row = cell / width;
        long column = cell % width;
        for (int round = 0; round < ROUNDS; round += 2) {
            row = (row + draw(round, column, words) % height) % height;
            column = (column + draw(round + 1, row, words) % width) % width;
        }
        return row * width + column;
    }

    /** 63 bits, so that the remainder by a side of at most 31 bits is uniform for every practical purpose. */
    private long draw(int round, long half, int[] words) {
        Philox4x32.block(key, round, half, words);
        return ((words[0] & 0x7FFFFFFFL) << Integer.SIZE) | (words[1] & 0xFFFFFFFFL);
    }
}
