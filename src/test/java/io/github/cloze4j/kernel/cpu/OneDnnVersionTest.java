package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Releases of oneDNN whose products corrupt memory when a signal arrives are refused. */
class OneDnnVersionTest {
    @ParameterizedTest
    @CsvSource({
        "2, 5, 4, true",
        "2, 13, 0, true",
        "3, 11, 0, true",
        "3, 11, 3, true",
        "3, 12, 0, false",
        "3, 13, 0, false",
        "4, 0, 0, false"
    })
    void releasesBeforeTheRepairAreRefused(int major, int minor, int patch, boolean refused) {
        OneDnnVersion version = new OneDnnVersion(major, minor, patch);

        assertEquals(refused, version.refusal().isPresent());
        version.refusal()
                .ifPresent(reason -> assertTrue(
                        reason.startsWith("oneDNN " + major + "." + minor + "." + patch)
                                && reason.contains("org.bytedeco:dnnl:3.13-1.5.14"),
                        reason));
    }

    @Test
    void theReleaseOfThisBuildIsNotRefused() {
        Loader.load(dnnl.class);

        assertTrue(
                OneDnnVersion.loaded().refusal().isEmpty(),
                OneDnnVersion.loaded().toString());
    }
}
