package io.github.cloze4j.kernel;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Memory that the operating system can still give to this process: on the machine, and in each container around it. */
final class HostMemory {
    private static final long KIBIBYTE = 1024;

    private HostMemory() {}

    /**
     * Memory of a place, all in bytes.
     *
     * @param limit the most that processes there may use
     * @param available what is not in use there; cached files count as available
     * @param name for messages, such as {@code this machine}
     */
    record Place(long limit, long available, String name) {}

    /** The machine and the containers that this process runs in, each of which bounds its memory. */
    static List<Place> places() {
        return places(Path.of("/"));
    }

    /** @param root the directory that holds {@code proc} and {@code sys}, if this system has them */
    static List<Place> places(Path root) {
        List<Place> places = new ArrayList<>();
        places.add(machine(root));
        places.addAll(ControlGroups.places(root));
        return places;
    }

    private static Place machine(Path root) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        String name = "this machine";
        List<String> lines = lines(root.resolve("proc/meminfo"));
        Optional<Long> available = kibibytes(lines, "MemAvailable:");
        Optional<Long> total = kibibytes(lines, "MemTotal:");
        if (available.isPresent() && total.isPresent()) {
            return new Place(total.get(), available.get(), name);
        }
        long limit = system.getTotalMemorySize();
        // On macOS most memory holds cached files, which do not count as free there.
        boolean freeIsAvailable = System.getProperty("os.name", "").startsWith("Windows");
        return new Place(limit, freeIsAvailable ? system.getFreeMemorySize() : limit, name);
    }

    private static Optional<Long> kibibytes(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .flatMap(line -> number(line.replaceAll("\\D", "")).stream())
                .map(number -> number * KIBIBYTE)
                .findFirst();
    }

    /** The number, or nothing for other texts, such as {@code max}, and for numbers beyond a long. */
    static Optional<Long> number(String text) {
        try {
            return Optional.of(Long.parseLong(text.strip()));
        } catch (NumberFormatException unlimited) {
            return Optional.empty();
        }
    }

    /** The lines of a file; none if it cannot be read. */
    static List<String> lines(Path file) {
        try {
            // Paths in these files may hold any bytes.
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException absent) {
            return List.of();
        }
    }
}
