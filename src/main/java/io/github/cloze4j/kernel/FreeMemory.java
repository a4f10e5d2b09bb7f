package io.github.cloze4j.kernel;

import io.github.cloze4j.BackendException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Memory that is left for arrays where kernels compute.
 *
 * @param bytes for arrays that are still to be made: the memory of open arenas is off already
 * @param place whose memory it is, for messages
 */
public record FreeMemory(long bytes, String place) {
    private static final double MEGABYTE = 1e6;
    private static final double GIGABYTE = 1e9;

    /** Measured: resident memory that loading ND4J, oneDNN and their Java classes adds. */
    private static final long LIBRARIES = 130_000_000;

    /** Measured: threads, compiled code and scratch memory of the libraries that a run adds to its arrays and its heap. */
    private static final long COMPUTING = 60_000_000;

    /** Measured: the heap of a run. A heap that may be larger is not needed, and -Xmx may bound it to less. */
    private static final long HEAP = 128_000_000;

    /**
     * Memory of this machine, or of the container with the least, for arrays: what the system can still give, without what
     * the process itself needs beside arrays.
     */
    static FreeMemory ofMachine() {
        long arenas = Arena.open().stream().mapToLong(Arena::bytes).sum();
        return of(HostMemory.places(), arenas, heapToCome() + COMPUTING);
    }

    /**
     * Refuses to load native libraries that surely do not fit: the system would kill the process without a word.
     *
     * @throws BackendException naming what is needed and what there is
     */
    static void requireForLibraries() {
        requireForLibraries(HostMemory.places(), heapToCome());
    }

    static void requireForLibraries(List<HostMemory.Place> places, long heapToCome) {
        long needed = LIBRARIES + COMPUTING + heapToCome;
        FreeMemory free = of(places, 0, 0);
        if (free.bytes() < needed) {
            throw new BackendException("Expected about " + readable(needed)
                    + " of free memory for the libraries that compute and for the Java heap, before any model."
                    + " Received: " + readable(free.bytes()) + " free on " + free.place()
                    + ". Give the process more memory, or stop what else uses it");
        }
    }

    /**
     * The least of all places. An arena whose pages are not in use yet has its memory still to come, so that all arenas
     * together have to fit below the limit too.
     */
    static FreeMemory of(List<HostMemory.Place> places, long arenas, long besideArrays) {
        return places.stream()
                .map(place -> new FreeMemory(
                        Math.max(0, Math.min(place.available(), place.limit() - arenas) - besideArrays), place.name()))
                .min(Comparator.comparingLong(FreeMemory::bytes))
                .orElseThrow();
    }

    /** By how much the heap may still grow to what a run needs, within {@code -Xmx}. */
    private static long heapToCome() {
        Runtime runtime = Runtime.getRuntime();
        long used = runtime.totalMemory() - runtime.freeMemory();
        return Math.max(0, Math.min(HEAP, runtime.maxMemory()) - used);
    }

    /** A number of bytes for people: {@code 12.5 MB}, {@code 1.25 GB}. */
    public static String readable(long bytes) {
        return bytes < GIGABYTE
                ? String.format(Locale.ROOT, "%.1f MB", bytes / MEGABYTE)
                : String.format(Locale.ROOT, "%.2f GB", bytes / GIGABYTE);
    }
}
