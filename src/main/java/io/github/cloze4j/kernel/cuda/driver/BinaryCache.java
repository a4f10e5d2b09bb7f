package io.github.cloze4j.kernel.cuda.driver;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels on disk, each under a key that says all that they depend on. A file appears whole or not at all. A cache
 * that cannot be used costs a compilation and a warning.
 *
 * @param directory made when something is written
 */
record BinaryCache(Path directory) {
    /** The system property that names another directory. */
    static final String PROPERTY = "cloze4j.cuda.cache";

    private static final Logger LOG = LoggerFactory.getLogger(BinaryCache.class);

    /** In {@code -Dcloze4j.cuda.cache}, else in {@code XDG_CACHE_HOME}, else in {@code .cache} at home. */
    static BinaryCache ofUser() {
        String named = System.getProperty(PROPERTY);
        if (named != null) {
            return new BinaryCache(Path.of(named));
        }
        String caches = System.getenv("XDG_CACHE_HOME");
        Path root = caches == null || caches.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(caches);
        return new BinaryCache(root.resolve("cloze4j").resolve("cuda"));
    }

    /** What stands under a key; where nothing does, what {@code compile} makes is put there. */
    byte[] get(String key, Supplier<byte[]> compile) {
        Path file = directory.resolve(key + ".cubin");
        return read(file).orElseGet(() -> {
            byte[] binary = compile.get();
            write(file, binary);
            return binary;
        });
    }

    private static Optional<byte[]> read(Path file) {
        try {
            return Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
        } catch (IOException unreadable) {
            LOG.warn("Compiled CUDA kernels cannot be read and are compiled anew: {}", unreadable.toString());
            return Optional.empty();
        }
    }

    private void write(Path file, byte[] binary) {
        try {
            Files.createDirectories(directory);
            Path temporary = Files.createTempFile(directory, "compiling", ".tmp");
            try {
                // Not a FileChannel, which an interrupt of the thread would close.
                try (FileOutputStream stream = new FileOutputStream(temporary.toFile())) {
                    stream.write(binary);
                    stream.getFD().sync();
                }
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException unwritable) {
            LOG.warn(
                    "Compiled CUDA kernels are not kept in {}, so that they are compiled at each start: {}. Name another"
                            + " directory with -D{}",
                    directory,
                    unwritable.toString(),
                    PROPERTY);
        }
    }
}
