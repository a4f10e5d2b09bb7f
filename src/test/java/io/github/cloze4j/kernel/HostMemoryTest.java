package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files are those of Linux, as systemd, Docker and Kubernetes lay them out, under a directory of the test. */
class HostMemoryTest {
    private static final String VERSION_1_UNLIMITED = "9223372036854771712";
    private static final String VERSION_2_MOUNT =
            "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";

    @TempDir
    Path root;

    @BeforeEach
    void writeMachine() throws IOException {
        write("proc/meminfo", "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     700 kB\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void write2(String group, String max, String high, String current, String stat) throws IOException {
        String directory = "sys/fs/cgroup" + group + "/";
        write(directory + "memory.max", max + "\n");
        write(directory + "memory.high", high + "\n");
        write(directory + "memory.current", current + "\n");
        write(directory + "memory.stat", stat);
    }

    private void write1(String directory, String limit, String usage, String stat) throws IOException {
        write(directory + "/memory.limit_in_bytes", limit + "\n");
        write(directory + "/memory.usage_in_bytes", usage + "\n");
        write(directory + "/memory.stat", stat);
    }

    /** Limit → available. */
    private Map<Long, Long> places() {
        Map<Long, Long> places = new TreeMap<>();
        HostMemory.places(root).forEach(place -> places.put(place.limit(), place.available()));
        return places;
    }

    @Test
    void aMachineHasWhatIsAvailableNotWhatIsFree() {
        assertEquals(Map.of(1_024_000L, 716_800L), places());
    }

    @Test
    void withoutProcTheJavaRuntimeIsAsked() throws IOException {
        Files.delete(root.resolve("proc/meminfo"));
        HostMemory.Place machine = HostMemory.places(root).get(0);
        assertTrue(machine.limit() > 0 && machine.available() > 0 && machine.available() <= machine.limit());
    }

    @Test
    void version2LimitsOfAllGroupsAboveCount() throws IOException {
        write("proc/self/cgroup", "0::/kubepods/pod1/container\n");
        write("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/root rw\n" + VERSION_2_MOUNT + "\n");
        // The group itself has no limit of its own; files that are cached can be given up.
        write2("/kubepods/pod1/container", "max", "max", "90000", "");
        write2("/kubepods/pod1", "300000", "200000", "150000", "anon 90000\ninactive_file 20000\nactive_file 5000\n");
        write2("/kubepods", "400000", "max", "500000", "inactive_file 1\n");
        assertEquals(Map.of(1_024_000L, 716_800L, 200_000L, 75_000L, 400_000L, 0L), places());
        assertTrue(HostMemory.places(root).get(1).name().contains("0.2 MB (control group /kubepods/pod1/container)"));
    }

    @Test
    void version2WithANamespaceOfItsOwn() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("proc/self/mountinfo", VERSION_2_MOUNT + "\n");
        write2("", "260000", "max", "20000", "inactive_file 5000\n");
        assertEquals(Map.of(1_024_000L, 716_800L, 260_000L, 245_000L), places());
    }

    @Test
    void version1WithTheGroupMountedAsDockerDoes() throws IOException {
        write("proc/self/cgroup", "5:cpu,cpuacct:/docker/a1\n4:memory:/docker/a1\n0::/docker/a1\n");
        write(
                "proc/self/mountinfo",
                "35 31 0:32 /docker/a1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
                        + "36 31 0:33 /docker/a1 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n");
        write1("sys/fs/cgroup/memory", "260000", "100000", "inactive_file 1\ntotal_inactive_file 30000\n");
        write1("sys/fs/cgroup/cpu", "1", "1", "");
        assertEquals(Map.of(1_024_000L, 716_800L, 260_000L, 190_000L), places());
    }

    @Test
    void version1LimitsOfGroupsAboveCountAndTheNumberForNoLimitIsNone() throws IOException {
        write("proc/self/cgroup", "4:memory:/slice/job\n");
        write("proc/self/mountinfo", "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
        write1("sys/fs/cgroup/memory/slice/job", "500000", "100000", "");
        write1("sys/fs/cgroup/memory/slice", "250000", "200000", "total_active_file 60000\n");
        write1("sys/fs/cgroup/memory", VERSION_1_UNLIMITED, "900000", "");
        assertEquals(Map.of(1_024_000L, 716_800L, 500_000L, 400_000L, 250_000L, 110_000L), places());
    }

    @Test
    void aGroupOutsideTheMountIsTheMountedOne() throws IOException {
        write("proc/self/cgroup", "4:memory:/host/name\n");
        write("proc/self/mountinfo", "35 31 0:32 /docker/a1 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
        write1("sys/fs/cgroup/memory", "260000", "100000", "");
        assertEquals(Map.of(1_024_000L, 716_800L, 260_000L, 160_000L), places());
    }

    @Test
    void filesThatSayNothingAreNoLimit() throws IOException {
        write("proc/self/cgroup", "no colons\n0::/\n");
        write("proc/self/mountinfo", "\n" + VERSION_2_MOUNT + "\nshort - cgroup2\n");
        write2("", "", "unknown", "20000", "");
        assertEquals(Map.of(1_024_000L, 716_800L), places());
    }

    @Test
    void thePlaceWithTheLeastCounts() {
        List<HostMemory.Place> places =
                List.of(new HostMemory.Place(1000, 800, "machine"), new HostMemory.Place(500, 400, "container"));
        assertEquals(new FreeMemory(350, "container", 100), FreeMemory.of(places, 0, 50, 100));
        assertEquals(
                new FreeMemory(250, "container"),
                FreeMemory.of(places, 0, 50, 100).whileTraining());
        // Arenas whose pages are not in use yet.
        assertEquals(new FreeMemory(150, "container"), FreeMemory.of(places, 300, 50, 0));
        assertEquals(0, FreeMemory.of(places, 600, 50, 0).bytes());
    }

    @Test
    void librariesThatDoNotFitAreRefusedInOneLine() {
        List<HostMemory.Place> container = List.of(
                new HostMemory.Place(24_000_000_000L, 20_000_000_000L, "this machine"),
                new HostMemory.Place(120_000_000, 100_000_000, "this container"));
        String message = assertThrows(BackendException.class, () -> FreeMemory.requireForLibraries(container))
                .getMessage();
        assertTrue(
                message.matches(
                        "Expected about 130\\.0 MB of free memory .* Received: 100\\.0 MB free on this container\\..*"),
                message);
        FreeMemory.requireForLibraries(List.of(new HostMemory.Place(260_000_000, 140_000_000, "this container")));
    }
}
