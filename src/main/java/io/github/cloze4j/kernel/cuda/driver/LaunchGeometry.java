package io.github.cloze4j.kernel.cuda.driver;

/**
 * How many threads run a kernel.
 *
 * @param gridX blocks
 * @param gridY blocks in the second direction, at most 65,535
 * @param threads of a block: whole warps, at most 1024
 * @param sharedBytes of dynamic shared memory
 */
public record LaunchGeometry(int gridX, int gridY, int threads, int sharedBytes) {
    private static final int WARP = 32;
    private static final int MOST_THREADS = 1024;
    private static final int MOST_Y = 65_535;

    /** The most of a block here. Sums depend on the geometry, so it follows from shapes alone and is the same on every GPU. */
    public static final int THREADS = 256;

    /** More blocks than any GPU runs at a time. */
    public static final int MOST_BLOCKS = 1024;

    public LaunchGeometry {
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

    /** Blocks that share out {@code columns} elements each among their threads: no more warps than have work. */
    public static LaunchGeometry rows(int blocks, int columns) {
        return new LaunchGeometry(blocks, 1, threads(columns), 0);
    }

    /** A thread a column, in {@code blocksDown} blocks below each other. */
    public static LaunchGeometry columns(int columns, int blocksDown) {
        int threads = threads(columns);
        return new LaunchGeometry((int) ceilDivide(columns, threads), blocksDown, threads, 0);
    }

    /** The same with so much dynamic shared memory. */
    public LaunchGeometry withShared(int bytes) {
        return new LaunchGeometry(gridX, gridY, threads, bytes);
    }

    private static int threads(long elements) {
        return (int) Math.min(THREADS, ceilDivide(elements, WARP) * WARP);
    }

    /** For kernels that walk over {@code length} elements with any grid. */
    public static LaunchGeometry over(long length) {
        return new LaunchGeometry((int) Math.min(MOST_BLOCKS, ceilDivide(length, THREADS)), 1, threads(length), 0);
    }

    public static long ceilDivide(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }
}
