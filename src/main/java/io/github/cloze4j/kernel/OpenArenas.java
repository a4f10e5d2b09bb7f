package io.github.cloze4j.kernel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The arenas that a thread, and threads that it starts, make and do not close, each with the place in the code that made it.
 * For leak checks in tests. An arena that the garbage collector has freed counts too: a close is missing there.
 */
public final class OpenArenas implements AutoCloseable {
    private static final int FRAMES = 6;
    private static final InheritableThreadLocal<@Nullable OpenArenas> CURRENT = new InheritableThreadLocal<>();

    private final @Nullable OpenArenas before = CURRENT.get();
    private final Map<Entry, String> entries = new LinkedHashMap<>();

    /** An arena that was made; it does not hold the arena itself. */
    final class Entry {
        private final long bytes;

        private Entry(long bytes) {
            this.bytes = bytes;
        }

        void remove() {
            synchronized (entries) {
                entries.remove(this);
            }
        }
    }

    private OpenArenas() {}

    /** Begins to record, until it is closed. */
    public static OpenArenas record() {
        OpenArenas recorder = new OpenArenas();
        CURRENT.set(recorder);
        return recorder;
    }

    /** Called for each arena that is made; null if nobody records. */
    static @Nullable Entry add(long bytes) {
        OpenArenas recorder = CURRENT.get();
        return recorder == null ? null : recorder.addEntry(bytes);
    }

    private Entry addEntry(long bytes) {
        Entry entry = new Entry(bytes);
        String site = StackWalker.getInstance().walk(frames -> frames.filter(
                        frame -> !frame.getClassName().startsWith(OpenArenas.class.getPackageName() + "."))
                .limit(FRAMES)
                .map(frame -> frame.toStackTraceElement().toString())
                .collect(Collectors.joining(" < ")));
        synchronized (entries) {
            entries.put(entry, site);
        }
        return entry;
    }

    /** Each open arena: how much memory it has, and the methods that made it, the innermost first. */
    public List<String> describe() {
        synchronized (entries) {
            return entries.entrySet().stream()
                    .map(open -> FreeMemory.readable(open.getKey().bytes) + " made in " + open.getValue())
                    .toList();
        }
    }

    /** Ends to record. */
    @Override
    public void close() {
        if (before == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(before);
        }
    }
}
