package io.github.cloze4j.architecture.bad.train;

/** A library is silent. */
public final class StreamWriter {
    public void print() {
        System.out.println();
    }
}
