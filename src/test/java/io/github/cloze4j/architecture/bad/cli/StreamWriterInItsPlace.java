package io.github.cloze4j.architecture.bad.cli;

/** Allowed. */
public final class StreamWriterInItsPlace {
    public void print() {
        System.out.println();
    }
}
