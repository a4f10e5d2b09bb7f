package io.github.cloze4j.architecture.bad.inference;

import picocli.CommandLine.Option;

/** Fails where the library is used without a command line. */
public final class PicocliUser {
    @Option(names = "--top-k")
    private int topK;

    public int topK() {
        return topK;
    }
}
