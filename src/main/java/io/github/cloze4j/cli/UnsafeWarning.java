package io.github.cloze4j.cli;

import java.lang.reflect.Field;

/**
 * Java's warning about {@code sun.misc.Unsafe}, four lines since Java 24, which the class that JavaCPP reads native memory
 * with brings about. The cure is up to JavaCPP; users of the command line can do nothing about it.
 */
final class UnsafeWarning {
    /** What {@code --sun-misc-unsafe-memory-access} sets. Java reads it at its start, so that setting it here is too late. */
    private static final String OPTION = "sun.misc.unsafe.memory.access";

    private UnsafeWarning() {}

    /** Notes that the warning has been given, unless the user has chosen how Java treats such calls. */
    static void giveNone() {
        if (Runtime.version().feature() < 24 || System.getProperty(OPTION) != null) {
            return;
        }
        try {
            Field given = Class.forName("sun.misc.Unsafe").getDeclaredField("memoryAccessWarned");
            given.setAccessible(true);
            given.setBoolean(null, true);
        } catch (ReflectiveOperationException | RuntimeException otherJava) {
            // Then there is a warning more.
        }
    }
}
