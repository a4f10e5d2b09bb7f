package io.github.cloze4j.kernel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The memory limits of Linux containers: those of the control group that this process is in and of all groups above, in
 * version 1 ({@code memory.limit_in_bytes}) and version 2 ({@code memory.max}, and {@code memory.high}, above which processes
 * are slowed down) of the interface. See {@code man 7 cgroups}.
 */
final class ControlGroups {
    private static final String VERSION_2_CONTROLLERS = "";

    /** Version 1 writes "no limit" as the highest multiple of the page size. */
    private static final long UNLIMITED = 1L << 60;

    private static final Set<String> CACHED_FILES_1 = Set.of("total_inactive_file", "total_active_file");
    private static final Set<String> CACHED_FILES_2 = Set.of("inactive_file", "active_file");

    /**
     * A mounted hierarchy of groups.
     *
     * @param group the group that is mounted, as {@code /proc/self/cgroup} names groups
     * @param directory where it is mounted
     */
    private record Mount(boolean version2, Path group, Path directory) {}

    private ControlGroups() {}

    /** The groups with a limit; none if there are no groups. */
    static List<HostMemory.Place> places(Path root) {
        List<HostMemory.Place> places = new ArrayList<>();
        List<Mount> mounts = mounts(root);
        for (String line : HostMemory.lines(root.resolve("proc/self/cgroup"))) {
            // 4:memory:/user.slice, or 0::/user.slice in version 2
            String[] fields = line.split(":", 3);
            boolean version2 = fields.length == 3 && fields[1].equals(VERSION_2_CONTROLLERS);
            if (version2
                    || (fields.length == 3
                            && Arrays.asList(fields[1].split(",")).contains("memory"))) {
                mounts.stream()
                        .filter(mount -> mount.version2() == version2)
                        .forEach(mount -> addAll(places, mount, fields[2]));
            }
        }
        return places;
    }

    /** Those that may limit memory. */
    private static List<Mount> mounts(Path root) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : HostMemory.lines(root.resolve("proc/self/mountinfo"))) {
            // 35 31 0:32 /group /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            String[] halves = line.split(" - ", 2);
            String[] mount = halves[0].split(" ");
            String[] system = halves.length == 2 ? halves[1].split(" ") : new String[0];
            if (mount.length < 5 || system.length < 3) {
                continue;
            }
            boolean version2 = system[0].equals("cgroup2");
            boolean version1 = system[0].equals("cgroup")
                    && Arrays.asList(system[2].split(",")).contains("memory");
            if (version1 || version2) {
                mounts.add(new Mount(
                        version2, Path.of(mount[3]), root.resolve(Path.of("/").relativize(Path.of(mount[4])))));
            }
        }
        return mounts;
    }

    private static void addAll(List<HostMemory.Place> places, Mount mount, String group) {
        Path inside = Path.of(group);
        // Outside what is mounted, as in a container that sees the host's names: the mounted group is all that is seen.
        Path relative = inside.startsWith(mount.group()) ? mount.group().relativize(inside) : Path.of("");
        Path directory = mount.directory().resolve(relative).normalize();
        while (directory != null && directory.startsWith(mount.directory())) {
            if (Files.isDirectory(directory)) {
                add(places, directory, mount.version2(), group);
            }
            directory = directory.getParent();
        }
    }

    private static void add(List<HostMemory.Place> places, Path directory, boolean version2, String group) {
        LongStream limits = version2
                ? LongStream.concat(number(directory, "memory.max").stream(), number(directory, "memory.high").stream())
                : number(directory, "memory.limit_in_bytes").stream();
        OptionalLong limit = limits.filter(bytes -> bytes < UNLIMITED).min();
        OptionalLong used = number(directory, version2 ? "memory.current" : "memory.usage_in_bytes");
        if (limit.isPresent() && used.isPresent()) {
            long cached = cachedFiles(directory, version2 ? CACHED_FILES_2 : CACHED_FILES_1);
            long available = Math.max(0, limit.getAsLong() - Math.max(0, used.getAsLong() - cached));
            places.add(new HostMemory.Place(
                    limit.getAsLong(),
                    available,
                    "this container, whose limit is " + FreeMemory.readable(limit.getAsLong()) + " (control group "
                            + group + ")"));
        }
    }

    private static long cachedFiles(Path directory, Set<String> names) {
        return HostMemory.lines(directory.resolve("memory.stat")).stream()
                .map(line -> line.split(" "))
                .filter(fields -> fields.length == 2 && names.contains(fields[0]))
                .mapToLong(fields -> HostMemory.number(fields[1]).orElse(0L))
                .sum();
    }

    private static OptionalLong number(Path directory, String name) {
        return HostMemory.lines(directory.resolve(name)).stream()
                .flatMap(line -> HostMemory.number(line).stream())
                .mapToLong(Long::longValue)
                .findFirst();
    }
}
