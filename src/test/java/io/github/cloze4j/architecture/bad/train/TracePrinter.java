package io.github.cloze4j.architecture.bad.train;

/** A library is silent. */
public final class TracePrinter {
    public void print(Exception failure) {
        failure.printStackTrace();
    }
}
