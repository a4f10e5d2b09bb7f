package io.github.cloze4j.kernel.cuda;

/**
 * How many threads run a kernel.
 *
 * @param gridX blocks
 * @param gridY blocks in the second direction, at most 65,535
 * @param threads of a block: whole warps, at most 1024
 * @param sharedBytes of dynamic shared memory
 */
record LaunchGeometry(int gridX, int gridY, int threads, int sharedBytes) {
    private static final int WARP = 32;
    private static final int MOST_THREADS = 1024;
    private static final int MOST_Y = 65_535;

    /** Of every launch here: sums depend on it, so it is the same on every GPU. */
    static final int THREADS = 256;

    /** More blocks than any GPU runs at a time. */
    static final int MOST_BLOCKS = 1024;

    LaunchGeometry {
        if (gridX < 1
                || gridY < 1
                || gridY > MOST_Y
                || threads < WARP
                || threads > MOST_THREADS
                || threads % WARP != 0
                || sharedBytes < 0) {
            throw new IllegalArgumentException(
                    "Expected a grid of 1 or more by 1 to " + MOST_Y + " blocks of whole warps,"
                            + " at most " + MOST_THREADS + " threads. Received: " + gridX + " by " + gridY
                            + " blocks of " + threads
                            + ", " + sharedBytes + " bytes");
        }
    }

    /** That many blocks. */
    static LaunchGeometry blocks(int blocks) {
        return new LaunchGeometry(blocks, 1, THREADS, 0);
    }

    /** For kernels that walk over {@code length} elements with any grid. */
    static LaunchGeometry over(long length) {
        return blocks((int) Math.max(1, Math.min(MOST_BLOCKS, ceilDivide(length, THREADS))));
    }

    static long ceilDivide(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
