package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.BoundedFiles;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/** Options in a file: a line such as {@code lr=1e-3} each, without the hyphens, in UTF-8. */
public final class SettingsFile {
    /** Hundreds of times what all options take. */
    private static final int MAXIMUM_BYTES = 1 << 20;

    private SettingsFile() {}

    /**
     * Writes a file, or replaces it.
     *
     * @param comment the first line
     * @param settings values by the names of options; empty ones are left out
     */
    public static void write(Path file, String comment, SortedMap<String, String> settings) {
        StringBuilder text = new StringBuilder("# ").append(comment).append('\n');
        settings.forEach((name, value) -> {
            if (!value.isEmpty()) {
                text.append(name)
                        .append('=')
                        // A blank at the beginning would be no part of the value.
                        .append(" \t\f".indexOf(value.charAt(0)) >= 0 ? "\\" : "")
                        .append(value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r"))
                        .append('\n');
            }
        });
        AtomicFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads a file.
     *
     * @return values by the names of options
     * @throws Cloze4jException if it cannot be read or is no such file
     */
    public static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(BoundedFiles.readText(file, MAXIMUM_BYTES)));
        } catch (IOException | IllegalArgumentException e) {
            throw new Cloze4jException(
                    file + ": Expected a file of settings in UTF-8, a line such as lr=1e-3 each. Received: "
                            + (e instanceof IOException io ? BoundedFiles.describe(io) : e.getMessage())
                            + ". Check the path and the file",
                    e);
        }
        Map<String, String> settings = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }
}
