package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** What is said about native libraries that cannot be loaded. */
class LoadFailureTest {
    private static final String DEPENDENCIES = "some:library";

    @Test
    void aCacheThatHoldsNoProgramsIsNamed() throws IOException {
        String library = Loader.getCacheDir() + "/a.jar/liba.so";
        String remedy = LoadFailure.remedy(
                new UnsatisfiedLinkError("no a in java.library.path")
                        .initCause(new UnsatisfiedLinkError(library + ": failed to map segment from shared object")),
                DEPENDENCIES);

        assertTrue(remedy.contains(Loader.getCacheDir() + ", in which no program may run"), remedy);
        assertTrue(remedy.endsWith("-Dorg.bytedeco.javacpp.cachedir=DIR"), remedy);
    }

    @Test
    void aLibraryThatIsMissingIsADependency() {
        assertEquals("Add " + DEPENDENCIES, LoadFailure.remedy(new NoClassDefFoundError("a/B"), DEPENDENCIES));
    }
}
