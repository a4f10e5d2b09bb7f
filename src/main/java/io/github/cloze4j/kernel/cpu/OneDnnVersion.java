package io.github.cloze4j.kernel.cpu;

import java.util.Comparator;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;

/** A release of oneDNN. */
record OneDnnVersion(int major, int minor, int patch) implements Comparable<OneDnnVersion> {
    /**
     * The first release whose products survive signals. The generated {@code sgemm} of the releases before points the
     * stack register at its workspace on the heap, and a signal that arrives then writes its frame over the heap. Java
     * Flight Recorder and sampling profilers send such signals. See oneDNN's issue 4845 and pull request 4855.
     */
    static final OneDnnVersion FIRST_SAFE = new OneDnnVersion(3, 12, 0);

    /** The release whose native library the process has loaded. */
    static OneDnnVersion loaded() {
        dnnl_version_t version = dnnl.dnnl_version();
        return new OneDnnVersion(version.major(), version.minor(), version.patch());
    }

    /** Why this release is not used, with the cure; empty if it is. */
    Optional<String> refusal() {
        return compareTo(FIRST_SAFE) >= 0
                ? Optional.empty()
                : Optional.of(this + " is not used, because its products corrupt memory when Java Flight Recorder or a"
                        + " profiler runs. Put org.bytedeco:dnnl:3.13-1.5.14 or later on the class path, without and"
                        + " with the classifier of your platform");
    }

    @Override
    public int compareTo(OneDnnVersion other) {
        return Comparator.comparingInt(OneDnnVersion::major)
                .thenComparingInt(OneDnnVersion::minor)
                .thenComparingInt(OneDnnVersion::patch)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return "oneDNN " + major + "." + minor + "." + patch;
    }
}
