package io.github.cloze4j.kernel.cuda;

import java.util.Locale;

/**
 * Memory of a device in bytes.
 *
 * @param free at this moment, other processes' use taken off
 * @param total of the device
 */
record CudaMemory(long free, long total) {
    private static final double GIGABYTE = 1e9;

    static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f GB", bytes / GIGABYTE);
    }
}
