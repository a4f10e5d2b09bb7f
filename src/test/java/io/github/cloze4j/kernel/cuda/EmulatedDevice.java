package io.github.cloze4j.kernel.cuda;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import io.github.cloze4j.random.RandomStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA kernels as C++ on the processor: {@code src/test/cpp/cuda_emulation.h}. Threads and blocks run in an order that
 * is drawn for each launch.
 */
final class EmulatedDevice {
    /** The method that says whether a test can run, for JUnit. */
    static final String IS_AVAILABLE = "io.github.cloze4j.kernel.cuda.EmulatedDevice#isAvailable";

    static final String NEEDS = "CUDA kernels are not emulated: that takes Linux, and g++ on the PATH";

    private static final Path SOURCES = Path.of("src/test/cpp");

    private final Function launch;
    private final Function removeBarrier;
    private final RandomStream random;

    private EmulatedDevice(NativeLibrary library, long seed) {
        launch = library.getFunction("emulateLaunch");
        removeBarrier = library.getFunction("removeBarrier");
        random = new RandomStream(seed, 5, 0, 0);
    }

    static boolean isAvailable() {
        return Platform.isLinux() && CudaSources.onPath("g++");
    }

    /** Compiled when first asked for, once, also where that fails. */
    private static final class Compiled {
        static final NativeLibrary LIBRARY = compile();
    }

    /** @param seed of the order of threads and blocks */
    static EmulatedDevice open(long seed) {
        return new EmulatedDevice(Compiled.LIBRARY, seed);
    }

    private static NativeLibrary compile() {
        try {
            Path directory = Files.createTempDirectory("cloze4j-emulated-cuda");
            Path file = directory.resolve("libemulated.so");
            try {
                CudaSources.run(List.of(
                        "g++",
                        "-std=c++17",
                        "-O1",
                        "-shared",
                        "-fPIC",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-I" + SOURCES,
                        "-I" + CudaSources.DIRECTORY,
                        "-o",
                        file.toString(),
                        SOURCES.resolve("emulated_kernels.cpp").toString(),
                        SOURCES.resolve("cuda_emulation.cpp").toString()));
                return NativeLibrary.getInstance(file.toString());
            } finally {
                // What is loaded stays.
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Geometry of a launch. */
    record Launch(int gridX, int gridY, int threads, int sharedBytes) {
        Launch(int gridX, int threads) {
            this(gridX, 1, threads, 0);
        }
    }

    /** A block size, whole warps. */
    int threads() {
        return 32 * (1 + random.nextInt(5));
    }

    /** Runs a kernel. Arguments are int, long, float, double, {@link DeviceArray} or null. */
    void run(String kernel, Launch geometry, @Nullable Object... arguments) {
        @Nullable String error = runForError(kernel, geometry, arguments);
        if (error != null) {
            throw new AssertionError(kernel + ": " + error);
        }
    }

    /** The same; returns what went wrong, or null. */
    @Nullable
    String runForError(String kernel, Launch geometry, @Nullable Object... arguments) {
        Memory values = new Memory(8L * arguments.length);
        Memory pointers = new Memory(8L * arguments.length);
        long[] sizes = new long[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            sizes[i] = write(arguments[i], values, 8L * i);
            pointers.setPointer(8L * i, values.share(8L * i));
        }
        @Nullable String error = launch(kernel, geometry, random.nextLong(), pointers, sizes);
        // Native code knows them by address only.
        Reference.reachabilityFence(values);
        Reference.reachabilityFence(pointers);
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof DeviceArray array && !array.guardsAreIntact()) {
                return "Expected writes inside argument " + i + ". Received: one outside";
            }
        }
        return error;
    }

    /** The emulation keeps the grid that it runs in global variables: one launch of the process at a time. */
    private @Nullable String launch(String kernel, Launch geometry, long order, Memory pointers, long[] sizes) {
        synchronized (EmulatedDevice.class) {
            return (String) launch.invoke(String.class, new Object[] {
                kernel,
                geometry.gridX(),
                geometry.gridY(),
                geometry.threads(),
                (long) geometry.sharedBytes(),
                order,
                pointers,
                sizes,
                sizes.length
            });
        }
    }

    private static long write(@Nullable Object argument, Memory into, long at) {
        if (argument instanceof Integer value) {
            into.setInt(at, value);
            return Integer.BYTES;
        } else if (argument instanceof Long value) {
            into.setLong(at, value);
            return Long.BYTES;
        } else if (argument instanceof Float value) {
            into.setFloat(at, value);
            return Float.BYTES;
        } else if (argument instanceof Double value) {
            into.setDouble(at, value);
            return Double.BYTES;
        }
        Pointer pointer = argument == null ? Pointer.NULL : ((DeviceArray) argument).pointer();
        into.setPointer(at, pointer);
        return 8;
    }

    /** Runs something without one of the barriers in the sources. */
    void withoutBarrier(String file, int line, Runnable run) {
        removeBarrier.invokeVoid(new Object[] {file, line});
        try {
            run.run();
        } finally {
            removeBarrier.invokeVoid(new Object[] {"", 0});
        }
    }
}
