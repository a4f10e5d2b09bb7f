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
 * @param besideTraining memory of the same place that a training takes beside arrays, for its heap and threads; 0 if the
 *     place is a device of its own
 */
public record FreeMemory(long bytes, String place, long besideTraining) {
    private static final double MEGABYTE = 1e6;
    private static final double GIGABYTE = 1e9;

    /** Measured: resident memory that loading ND4J, oneDNN and their Java classes adds. */
    private static final long LIBRARIES = 130_000_000;

    /** Measured: heap, threads and compiled code that fill-mask with a tiny model adds to the libraries. */
    private static final long COMPUTING = 40_000_000;

    /** Measured: threads, compiled code and scratch memory of the libraries that a training adds to its arrays and heap. */
    private static final long TRAINING = 60_000_000;

    /** Measured: the heap of a training. One that may be larger is not needed, and -Xmx may bound it to less. */
    private static final long TRAINING_HEAP = 128_000_000;

    /** Memory of a place where nothing but arrays is. */
    public FreeMemory(long bytes, String place) {
        this(bytes, place, 0);
    }

    /**
     * Memory of this machine, or of the container with the least, for arrays: what the system can still give, without what
     * the process itself needs beside arrays.
     */
    static FreeMemory ofMachine() {
        long arenas = Arena.open().stream().mapToLong(Arena::bytes).sum();
        long beside = Math.max(COMPUTING, heapToCome() + TRAINING);
        return of(HostMemory.places(), arenas, COMPUTING, beside - COMPUTING);
    }

    /** The same memory while a training runs. */
    public FreeMemory whileTraining() {
        return new FreeMemory(Math.max(0, bytes - besideTraining), place);
    }

    /**
     * Refuses to load native libraries that surely do not fit: the system would kill the process without a word.
     *
     * @throws BackendException naming what is needed and what there is
     */
    static void requireForLibraries() {
        requireForLibraries(HostMemory.places());
    }

    static void requireForLibraries(List<HostMemory.Place> places) {
        FreeMemory free = of(places, 0, 0, 0);
        if (free.bytes() < LIBRARIES) {
            throw new BackendException("Expected about " + readable(LIBRARIES)
                    + " of free memory for the libraries that compute, before any model. Received: "
                    + readable(free.bytes()) + " free on " + free.place()
                    + ". Give the process more memory, or stop what else uses it");
        }
    }

    /**
     * The least of all places. An arena whose pages are not in use yet has its memory still to come, so that all arenas
     * together have to fit below the limit too.
     */
    static FreeMemory of(List<HostMemory.Place> places, long arenas, long besideArrays, long besideTraining) {
        return places.stream()
                .map(place -> new FreeMemory(
                        Math.max(0, Math.min(place.available(), place.limit() - arenas) - besideArrays),
                        place.name(),
                        besideTraining))
                .min(Comparator.comparingLong(FreeMemory::bytes))
                .orElseThrow();
    }

    /** By how much the heap may still grow to what a training needs, within {@code -Xmx}. */
    private static long heapToCome() {
        Runtime runtime = Runtime.getRuntime();
        // Not what is used of it: what has been collected stays the process's.
        return Math.max(0, Math.min(TRAINING_HEAP, runtime.maxMemory()) - runtime.totalMemory());
    }

    /** A number of bytes for people: {@code 12.5 MB}, {@code 1.25 GB}. */
    public static String readable(long bytes) {
        return bytes < GIGABYTE
                ? String.format(Locale.ROOT, "%.1f MB", bytes / MEGABYTE)
                : String.format(Locale.ROOT, "%.2f GB", bytes / GIGABYTE);
    }
}
