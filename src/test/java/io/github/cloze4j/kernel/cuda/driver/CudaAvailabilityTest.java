package io.github.cloze4j.kernel.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.cuda.CudaKernelProvider;
import io.github.cloze4j.kernel.cuda.CudaSources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** What is said where the kernels cannot run, and what is kept of a compilation. This build has classes but no natives. */
class CudaAvailabilityTest {
    @Test
    void withoutNativesTheRefusalNamesTheDependencyToAdd() {
        BackendException refusal =
                assertThrows(BackendException.class, () -> KernelProviders.create("cuda", DataType.FLOAT));
        String artifact = "org.bytedeco:cuda:" + CudaDependency.VERSION + " with classifier " + Loader.getPlatform();
        assertTrue(refusal.getMessage().contains("Add " + artifact), refusal.getMessage());
        assertEquals(
                refusal.getMessage(),
                assertThrows(BackendException.class, () -> KernelProviders.devices("cuda"))
                        .getMessage());
    }

    @Test
    void withoutADeviceTheAutomaticChoiceDoesNotTryThem() {
        assertTrue(new CudaKernelProvider().priority() < 0);
    }

    @Test
    void otherTypesThanFloatAreRefused() {
        assertThrows(BackendException.class, () -> KernelProviders.create("cuda", DataType.DOUBLE));
    }

    @Test
    void theNamedVersionIsThatOfTheBuild() throws IOException {
        Properties properties = new Properties();
        try (InputStream stream =
                CudaDependency.class.getResourceAsStream("/META-INF/maven/org.bytedeco/cuda/pom.properties")) {
            properties.load(Objects.requireNonNull(stream));
        }
        assertEquals(properties.getProperty("version"), CudaDependency.VERSION);
    }

    @Test
    void theCompiledProgramHasEverySourceFile() {
        KernelSources sources = KernelSources.read();
        assertEquals(
                CudaSources.files().stream()
                        .map(file -> file.getFileName().toString())
                        .toList(),
                Stream.concat(sources.headers().keySet().stream(), Stream.of(KernelSources.MAIN))
                        .sorted()
                        .toList());
    }

    @Test
    void aCompilationIsKeptAndNothingElse(@TempDir Path directory) throws IOException {
        BinaryCache cache = new BinaryCache(directory.resolve("not").resolve("there"));
        AtomicInteger compilations = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            byte[] binary = cache.get("key", () -> new byte[] {(byte) compilations.incrementAndGet()});
            assertEquals(1, binary[0]);
        }
        assertEquals(2, cache.get("other", () -> new byte[] {2})[0]);
        try (Stream<Path> files = Files.list(cache.directory())) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void aCacheThatCannotBeWrittenCostsNoMoreThanACompilation(@TempDir Path directory) throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertEquals(3, new BinaryCache(file.resolve("below")).get("key", () -> new byte[] {3})[0]);
        assertFalse(Files.isDirectory(file));
    }
}
