package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsFileTest {
    @TempDir
    private Path directory;

    @Test
    void valuesAreReadAsTheyWereWritten() {
        TreeMap<String, String> settings = new TreeMap<>();
        for (String value : List.of(" ; ", "\t|", "a\\b", "\n", "\r\nx", "#", "! :=", "é 😀 ")) {
            settings.put("label-separator", value);
            Path file = directory.resolve("run.properties");
            SettingsFile.write(file, "Options", settings);
            assertEquals(settings, SettingsFile.read(file));
        }
    }
}
