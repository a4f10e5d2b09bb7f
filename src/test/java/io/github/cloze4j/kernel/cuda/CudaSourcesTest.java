package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be said of the CUDA sources without running them. */
class CudaSourcesTest {
    /** Turing, Ampere, Hopper. */
    private static final List<String> ARCHITECTURES = List.of("75", "80", "90");

    @TempDir
    private Path directory;

    @Test
    void allKernelsCompileForEachArchitectureWithoutAWarning() throws IOException {
        assumeTrue(CudaSources.onPath("nvcc"), "CUDA kernels were not compiled: nvcc is not on the PATH");
        Path program = directory.resolve("kernels.fatbin");
        List<String> command = new ArrayList<>(List.of("nvcc", "-std=c++17", "-fatbin", "-Werror", "all-warnings"));
        for (String architecture : ARCHITECTURES) {
            command.addAll(List.of("-gencode", "arch=compute_" + architecture + ",code=sm_" + architecture));
        }
        command.addAll(List.of("-o", program.toString(), CudaSources.PROGRAM.toString()));
        CudaSources.run(command);
        assertTrue(Files.size(program) > 0);
    }

    @Test
    void theProgramIncludesEverySource() {
        String program = CudaSources.text(CudaSources.PROGRAM);
        for (Path file : CudaSources.files()) {
            String name = file.getFileName().toString();
            if (name.endsWith(".cu") && !file.equals(CudaSources.PROGRAM)) {
                assertTrue(program.contains("#include \"" + name + "\""), name);
            }
        }
    }

    @Test
    void everyKernelStandsInTheDocumentation() {
        Set<String> documented = new TreeSet<>();
        Matcher row = Pattern.compile("(?m)^\\| `(\\w+)` \\|").matcher(CudaSources.text(Path.of("docs/gpu.md")));
        while (row.find()) {
            documented.add(row.group(1));
        }
        assertEquals(CudaSources.entryPoints(), documented);
    }

    @Test
    void everyKernelIsEmulated() {
        String emulated = CudaSources.text(Path.of("src/test/cpp/emulated_kernels.cpp"));
        assertFalse(CudaSources.entryPoints().isEmpty());
        for (String name : CudaSources.entryPoints()) {
            assertTrue(emulated.contains("EMULATED(" + name + ")"), name);
        }
    }

    @Test
    void noSumDependsOnTheOrderOfThreads() {
        Pattern atomic = Pattern.compile("atomic\\w*\\(");
        for (Path file : CudaSources.files()) {
            assertFalse(atomic.matcher(CudaSources.text(file)).find(), file.toString());
        }
    }
}
