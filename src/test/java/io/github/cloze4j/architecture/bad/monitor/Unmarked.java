package io.github.cloze4j.architecture.bad.monitor;

/** Its package has no package-info. */
public final class Unmarked {}
