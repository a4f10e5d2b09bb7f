package io.github.cloze4j.files;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The process that holds a {@link DirectoryLock}, as its file names it.
 *
 * @param pid its number on the host
 * @param host the host's name, or {@code unknown}
 * @param processStart when the process began: tells it from a later one of the same number; EPOCH if the system does not say
 * @param lockedAt when it took the lock
 */
record LockHolder(long pid, String host, Instant processStart, Instant lockedAt) {
    private static final Path LINUX_HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    /** This process, from now on. */
    static LockHolder current() {
        ProcessHandle process = ProcessHandle.current();
        return new LockHolder(process.pid(), currentHost(), start(process), Instant.now());
    }

    private static Instant start(ProcessHandle process) {
        return process.info().startInstant().orElse(Instant.EPOCH);
    }

    private static String currentHost() {
        try {
            // Without a name service, which may take seconds to answer.
            return Files.isReadable(LINUX_HOST_NAME)
                    ? Files.readString(LINUX_HOST_NAME).strip()
                    : InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "unknown";
        }
    }

    /** The content of the lock's file. */
    String toText() {
        return "pid=" + pid + "\nhost=" + host + "\nprocess-start=" + processStart + "\nlocked-at=" + lockedAt + "\n";
    }

    /** The holder that a file names; empty for any other text, such as that of a lock which is just being taken. */
    static Optional<LockHolder> parse(String text) {
        Map<String, String> fields = new TreeMap<>();
        text.lines().forEach(line -> {
            int equals = Math.max(0, line.indexOf('='));
            fields.put(line.substring(0, equals), line.substring(Math.min(line.length(), equals + 1)));
        });
        try {
            return Optional.of(new LockHolder(
                    Long.parseLong(fields.getOrDefault("pid", "")),
                    fields.getOrDefault("host", ""),
                    Instant.parse(fields.getOrDefault("process-start", "")),
                    Instant.parse(fields.getOrDefault("locked-at", ""))));
        } catch (IllegalArgumentException | DateTimeException other) {
            return Optional.empty();
        }
    }

    boolean isOnThisHost() {
        return host.equals(currentHost());
    }

    boolean isThisProcess() {
        ProcessHandle process = ProcessHandle.current();
        return isOnThisHost() && pid == process.pid() && processStart.equals(start(process));
    }

    /** Whether a process of this host is still the one that took the lock. */
    boolean isAlive() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .map(process -> start(process).equals(processStart))
                .orElse(false);
    }

    /** For messages. */
    String describe() {
        return "process " + pid + " on host " + host + ", which has used it since " + lockedAt;
    }
}
