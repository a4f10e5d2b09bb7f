package io.github.cloze4j.kernel;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * What is left for arrays where kernels compute.
 *
 * @param bytes for arrays that are still to be made: what open arenas take, also those not used yet, is off already
 * @param place whose memory it is, for messages
 */
public record FreeMemory(long bytes, String place) {
    private static final double MEGABYTE = 1e6;
    private static final double GIGABYTE = 1e9;

    /**
     * All memory of this machine, or of the container that the process runs in, but what arenas take: an upper bound, as
     * other processes, the Java heap and cached files are not counted. More than that surely does not fit.
     */
    static FreeMemory ofMachine() {
        long total =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        long taken = Arena.open().stream().mapToLong(Arena::bytes).sum();
        return new FreeMemory(total - taken, "this machine");
    }

    /** A number of bytes for people: {@code 12.5 MB}, {@code 1.25 GB}. */
    public static String readable(long bytes) {
        return bytes < GIGABYTE
                ? String.format(Locale.ROOT, "%.1f MB", bytes / MEGABYTE)
                : String.format(Locale.ROOT, "%.2f GB", bytes / GIGABYTE);
    }
}
