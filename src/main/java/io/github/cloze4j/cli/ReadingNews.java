package io.github.cloze4j.cli;

import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/** Says every few seconds how many documents have been read, where a long run says nothing else. */
public final class ReadingNews {
    private static final double SECONDS_BETWEEN = 5;

    private final Console console;
    private final DoubleSupplier seconds;
    private double next = SECONDS_BETWEEN;
    private long documents;

    public ReadingNews(Console console) {
        this(console, new Stopwatch()::seconds);
    }

    ReadingNews(Console console, DoubleSupplier seconds) {
        this.console = console;
        this.seconds = seconds;
    }

    /** The same documents, counted as one thread reads them. */
    public Stream<String> of(Stream<String> read) {
        return read.peek(document -> count());
    }

    private void count() {
        documents++;
        double now = seconds.getAsDouble();
        if (now >= next) {
            next = now + SECONDS_BETWEEN;
            console.progress(String.format(Locale.ROOT, "%,d documents read, %,.0f/s", documents, documents / now));
        }
    }
}
